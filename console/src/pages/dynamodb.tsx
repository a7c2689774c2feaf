import {
  CreateTableCommand, DeleteItemCommand, DeleteTableCommand, DescribeTableCommand, DynamoDBClient, ListTablesCommand, PutItemCommand, QueryCommand, ScanCommand, UpdateTableCommand,
  type AttributeValue, type KeySchemaElement, type ScalarAttributeType, type TableDescription,
} from '@aws-sdk/client-dynamodb'
import { useEffect, useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { Editor } from '../kit/editor'
import { Failure } from '../kit/failure'
import { bytes, Check, Choose, Copy, Muted, Text, useForm, when } from '../kit/fields'
import { List, type Column } from '../kit/list'
import { useAct, useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Create, Detail, Section, useTitle } from '../kit/page'
import { setQuery, To, to, usePlace } from '../kit/route'
import { Alert, AttributeEditor, Box, Button, ColumnLayout, ExpandableSection, FormField, Grid, Input, KeyValuePairs, RadioGroup, SegmentedControl, Select, SpaceBetween, StatusIndicator, Tabs, Tiles, Toggle } from '../ui'
import { fitsPlain, fromPlain, fromTyped, short, toPlain, toTyped, type Item } from './dynamodb-item'

const dynamodb = recorded(new DynamoDBClient(config), 'dynamodb')

export default function DynamoDB({ parts: [name] }: { parts: string[] }) {
  return name === undefined ? <Tables /> : name === 'create' ? <CreateTable /> : <Table name={name} key={name} />
}

const describe = async (name: string) => (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table!

const keyOf = (schema: KeySchemaElement[] | undefined, type: 'HASH' | 'RANGE') => schema?.find((key) => key.KeyType === type)?.AttributeName

const typeOf = (table: TableDescription, attribute: string | undefined) => table.AttributeDefinitions?.find((one) => one.AttributeName === attribute)?.AttributeType as ScalarAttributeType | undefined

const keyText = (table: TableDescription, schema: KeySchemaElement[] | undefined, type: 'HASH' | 'RANGE') => {
  const key = keyOf(schema, type)
  return key ? `${key} (${typeOf(table, key)})` : '–'
}

const isOnDemand = (table: TableDescription) => table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST'

const Status = ({ of }: { of: string | undefined }) => <StatusIndicator type={of === 'ACTIVE' ? 'success' : of === 'DELETING' ? 'stopped' : 'in-progress'}>{of === 'ACTIVE' ? 'Active' : (of ?? '–')}</StatusIndicator>

function Tables() {
  useTitle('Tables')
  const tables = useLoad(async () => {
    const names = await all<string, string>(async (ExclusiveStartTableName) => {
      const page = await dynamodb.send(new ListTablesCommand({ ExclusiveStartTableName }))
      return [page.TableNames, page.LastEvaluatedTableName]
    })
    // Beyond a few hundred tables the list shows names alone: a call for each would take longer than it is worth.
    return Promise.all(names.map(async (TableName, index): Promise<TableDescription> => (index < 200 ? describe(TableName) : { TableName })))
  })
  return (
    <List
      title="Tables"
      noun="table"
      variant="full-page"
      loaded={tables}
      id={(table) => table.TableName!}
      create="/dynamodb/create"
      remove={(table) => dynamodb.send(new DeleteTableCommand({ TableName: table.TableName }))}
      removeWarning="All items go with their table."
      empty="A table holds items, found by their key."
      columns={[
        { id: 'name', header: 'Name', cell: (table) => <To href={to('dynamodb', table.TableName!)}>{table.TableName}</To>, value: (table) => table.TableName, width: 180 },
        { id: 'status', header: 'Status', cell: (table) => <Status of={table.TableStatus} />, value: (table) => table.TableStatus },
        { id: 'hash', header: 'Partition key', cell: (table) => keyText(table, table.KeySchema, 'HASH'), value: (table) => keyOf(table.KeySchema, 'HASH') },
        { id: 'range', header: 'Sort key', cell: (table) => keyText(table, table.KeySchema, 'RANGE'), value: (table) => keyOf(table.KeySchema, 'RANGE') },
        { id: 'indexes', header: 'Indexes', cell: (table) => table.GlobalSecondaryIndexes?.length ?? 0, value: (table) => table.GlobalSecondaryIndexes?.length ?? 0 },
        { id: 'mode', header: 'Capacity mode', cell: (table) => (isOnDemand(table) ? 'On-demand' : `Provisioned (${table.ProvisionedThroughput?.ReadCapacityUnits}/${table.ProvisionedThroughput?.WriteCapacityUnits})`) },
        { id: 'items', header: 'Items', cell: (table) => table.ItemCount?.toLocaleString('en'), value: (table) => table.ItemCount },
        { id: 'size', header: 'Size', cell: (table) => bytes(table.TableSizeBytes), value: (table) => table.TableSizeBytes },
      ]}
    />
  )
}

const types = [
  { value: 'S', label: 'String' },
  { value: 'N', label: 'Number' },
  { value: 'B', label: 'Binary' },
]

interface NewIndex {
  name: string
  hash: string
  hashType: string
  range: string
  rangeType: string
  projection: string
}

function KeyField({ label, description, name, type, set, optional }: { label: string; description?: string; name: string; type: string; set: (name: string, type: string) => void; optional?: boolean }) {
  return (
    <Grid gridDefinition={[{ colspan: { default: 12, xxs: 8 } }, { colspan: { default: 12, xxs: 4 } }]}>
      <FormField label={optional ? <span>{label} <i>– optional</i></span> : label} description={description} constraintText="1 to 255 characters and case sensitive." stretch>
        <Input value={name} placeholder={optional ? 'Enter the sort key name' : 'Enter the partition key name'} onChange={({ detail }) => set(detail.value, type)} spellcheck={false} />
      </FormField>
      <FormField label="Type" description={description && '\u00a0'} stretch>
        <Select ariaLabel={`${label} type`} selectedOption={types.find((one) => one.value === type)!} options={types} onChange={({ detail }) => set(name, detail.selectedOption.value!)} />
      </FormField>
    </Grid>
  )
}

function CreateTable() {
  const [form, set] = useForm({ name: '', hash: '', hashType: 'S', range: '', rangeType: 'S', settings: 'default', mode: 'PROVISIONED', read: '1', write: '1', indexes: [] as NewIndex[], protect: false })
  const [index, setIndex] = useState<NewIndex>()
  const custom = form.settings === 'custom'
  const throughput = custom && form.mode === 'PROVISIONED' ? { ReadCapacityUnits: Number(form.read), WriteCapacityUnits: Number(form.write) } : undefined
  const act = async () => {
    const attributes = new Map([[form.hash, form.hashType]])
    if (form.range) attributes.set(form.range, form.rangeType)
    for (const one of form.indexes) {
      attributes.set(one.hash, one.hashType)
      if (one.range) attributes.set(one.range, one.rangeType)
    }
    const schema = (hash: string, range: string): KeySchemaElement[] => [{ AttributeName: hash, KeyType: 'HASH' }, ...(range ? [{ AttributeName: range, KeyType: 'RANGE' as const }] : [])]
    await dynamodb.send(
      new CreateTableCommand({
        TableName: form.name,
        AttributeDefinitions: [...attributes].map(([AttributeName, type]) => ({ AttributeName, AttributeType: type as ScalarAttributeType })),
        KeySchema: schema(form.hash, form.range),
        BillingMode: throughput ? 'PROVISIONED' : 'PAY_PER_REQUEST',
        ProvisionedThroughput: throughput,
        DeletionProtectionEnabled: form.protect || undefined,
        GlobalSecondaryIndexes: form.indexes.length
          ? form.indexes.map((one) => ({ IndexName: one.name, KeySchema: schema(one.hash, one.range), Projection: { ProjectionType: one.projection as 'ALL' }, ProvisionedThroughput: throughput }))
          : undefined,
      }),
    )
    say(`Table ${form.name} was created.`)
    return to('dynamodb', form.name)
  }
  return (
    <Create title="Create table" submit="Create table" cancel="/dynamodb" act={act}>
      <Section title="Table details" description="A table needs a name and a primary key. The other attributes are each item's own.">
        <Text label="Table name" value={form.name} set={(name) => set({ name })} placeholder="Enter name for table" constraint="3 to 255 characters: letters, digits, underscores (_), hyphens (-) and periods (.)." />
        <KeyField label="Partition key" description="The partition key is part of the primary key; items are found and spread by it." name={form.hash} type={form.hashType} set={(hash, hashType) => set({ hash, hashType })} />
        <KeyField label="Sort key" optional description="The second part of the primary key sorts the items that share a partition key." name={form.range} type={form.rangeType} set={(range, rangeType) => set({ range, rangeType })} />
      </Section>
      <Section title="Table settings">
        <Tiles
          ariaLabel="Table settings"
          value={form.settings}
          onChange={({ detail }) => set({ settings: detail.value })}
          items={[
            { value: 'default', label: 'Default settings', description: 'On-demand capacity, no secondary index. You can change it later.' },
            { value: 'custom', label: 'Customize settings', description: 'Capacity, secondary indexes, protection.' },
          ]}
        />
      </Section>
      {custom && (
        <SpaceBetween size="l">
          <Section title="Read/write capacity settings">
            <FormField label="Capacity mode">
              <RadioGroup
                value={form.mode}
                onChange={({ detail }) => set({ mode: detail.value })}
                items={[
                  { value: 'PAY_PER_REQUEST', label: 'On-demand' },
                  { value: 'PROVISIONED', label: 'Provisioned', description: 'Units for reads and writes are set beforehand.' },
                ]}
              />
            </FormField>
            {form.mode === 'PROVISIONED' && (
              <ColumnLayout columns={2}>
                <Text label="Read capacity units" type="number" value={form.read} set={(read) => set({ read })} />
                <Text label="Write capacity units" type="number" value={form.write} set={(write) => set({ write })} />
              </ColumnLayout>
            )}
          </Section>
          <Section title="Secondary indexes" description="An index lets queries find items by other attributes than the primary key." actions={<Button formAction="none" onClick={() => setIndex({ name: '', hash: '', hashType: 'S', range: '', rangeType: 'S', projection: 'ALL' })}>Create global index</Button>}>
            {form.indexes.length === 0 ? (
              <Muted>No indexes</Muted>
            ) : (
              form.indexes.map((one) => (
                <SpaceBetween direction="horizontal" size="s" key={one.name} alignItems="center">
                  <b>{one.name}</b>
                  <span>
                    {one.hash} ({one.hashType}){one.range && `, ${one.range} (${one.rangeType})`} · projects {one.projection}
                  </span>
                  <Button formAction="none" variant="inline-link" onClick={() => set({ indexes: form.indexes.filter((other) => other !== one) })} ariaLabel={`Remove ${one.name}`}>
                    Remove
                  </Button>
                </SpaceBetween>
              ))
            )}
          </Section>
          <Section title="Deletion protection">
            <Check label="Turn on deletion protection" value={form.protect} set={(protect) => set({ protect })} />
          </Section>
        </SpaceBetween>
      )}
      {index && (
        <IndexDialog
          index={index}
          set={setIndex}
          act={async () => set({ indexes: [...form.indexes, index] })}
          close={() => setIndex(undefined)}
        />
      )}
    </Create>
  )
}

function IndexDialog({ index, set, act, close }: { index: NewIndex; set: (index: NewIndex) => void; act: () => Promise<unknown>; close: (done: boolean) => void }) {
  return (
    <Dialog title="New global secondary index" submit="Create index" act={act} close={close} disabled={!index.hash || !index.name}>
      <KeyField label="Partition key" name={index.hash} type={index.hashType} set={(hash, hashType) => set({ ...index, hash, hashType, name: index.name === '' || index.name === nameFor(index) ? nameFor({ ...index, hash }) : index.name })} />
      <KeyField label="Sort key" optional name={index.range} type={index.rangeType} set={(range, rangeType) => set({ ...index, range, rangeType, name: index.name === nameFor(index) ? nameFor({ ...index, range }) : index.name })} />
      <Text label="Index name" value={index.name} set={(name) => set({ ...index, name })} />
      <Choose label="Attribute projections" value={index.projection} set={(projection) => set({ ...index, projection })} choices={[{ value: 'ALL', label: 'All' }, { value: 'KEYS_ONLY', label: 'Only keys' }]} />
    </Dialog>
  )
}

const nameFor = ({ hash, range }: NewIndex) => (hash ? [hash, range, 'index'].filter(Boolean).join('-') : '')

function Table({ name }: { name: string }) {
  const table = useLoad(() => describe(name))
  const { query } = usePlace()
  const tab = query.get('tab') ?? 'items'
  useEffect(() => {
    if (table.value && table.value.TableStatus !== 'ACTIVE') {
      const timer = setTimeout(table.reload, 1000)
      return () => clearTimeout(timer)
    }
    return undefined
  }, [table.value])
  return (
    <Detail title={name} loaded={table} audit={{ type: 'AWS::DynamoDB::Table', id: name, noun: 'table' }}>
      {(value) => (
        <Tabs
          activeTabId={tab}
          onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
          tabs={[
            { id: 'items', label: 'Items', content: value.TableStatus === 'ACTIVE' ? <Items table={value} /> : <Status of={value.TableStatus} /> },
            { id: 'overview', label: 'Overview', content: <Overview table={value} /> },
            { id: 'indexes', label: 'Indexes', content: <Indexes table={value} reload={table.reload} /> },
          ]}
        />
      )}
    </Detail>
  )
}

function Overview({ table }: { table: TableDescription }) {
  return (
    <Section title="General information">
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Partition key', value: keyText(table, table.KeySchema, 'HASH') },
          { label: 'Sort key', value: keyText(table, table.KeySchema, 'RANGE') },
          { label: 'Status', value: <Status of={table.TableStatus} /> },
          { label: 'Capacity mode', value: isOnDemand(table) ? 'On-demand' : 'Provisioned' },
          { label: 'Provisioned capacity (read/write)', value: isOnDemand(table) ? '–' : `${table.ProvisionedThroughput?.ReadCapacityUnits} / ${table.ProvisionedThroughput?.WriteCapacityUnits}` },
          { label: 'Item count', value: table.ItemCount?.toLocaleString('en') ?? '–' },
          { label: 'Table size', value: bytes(table.TableSizeBytes) },
          { label: 'Created', value: when(table.CreationDateTime) },
          { label: 'Deletion protection', value: table.DeletionProtectionEnabled ? 'On' : 'Off' },
          { label: 'Stream', value: table.StreamSpecification?.StreamEnabled ? table.StreamSpecification.StreamViewType! : 'Off' },
          { label: 'Amazon Resource Name (ARN)', value: <Copy text={table.TableArn} /> },
        ]}
      />
    </Section>
  )
}

function Indexes({ table, reload }: { table: TableDescription; reload: () => void }) {
  const [index, setIndex] = useState<NewIndex>()
  const indexes = [...(table.GlobalSecondaryIndexes ?? []).map((one) => ({ ...one, kind: 'Global' })), ...(table.LocalSecondaryIndexes ?? []).map((one) => ({ ...one, kind: 'Local', IndexStatus: 'ACTIVE' }))]
  const add = async () => {
    const definitions = new Map(table.AttributeDefinitions?.map((one) => [one.AttributeName!, one.AttributeType!]))
    definitions.set(index!.hash, index!.hashType as ScalarAttributeType)
    if (index!.range) definitions.set(index!.range, index!.rangeType as ScalarAttributeType)
    await dynamodb.send(
      new UpdateTableCommand({
        TableName: table.TableName,
        AttributeDefinitions: [...definitions].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: index!.name,
              KeySchema: [{ AttributeName: index!.hash, KeyType: 'HASH' }, ...(index!.range ? [{ AttributeName: index!.range, KeyType: 'RANGE' as const }] : [])],
              Projection: { ProjectionType: index!.projection as 'ALL' },
              ProvisionedThroughput: isOnDemand(table) ? undefined : { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
            },
          },
        ],
      }),
    )
    say(`Index ${index!.name} is being created.`)
  }
  return (
    <>
      <List
        title="Indexes"
        noun="index"
        nouns="indexes"
        loaded={{ value: indexes, error: undefined, busy: false, reload }}
        id={(one) => one.IndexName!}
        remove={(one) => dynamodb.send(new UpdateTableCommand({ TableName: table.TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: one.IndexName } }] }))}
        actions={() => <Button onClick={() => setIndex({ name: '', hash: '', hashType: 'S', range: '', rangeType: 'S', projection: 'ALL' })}>Create index</Button>}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => one.IndexName, value: (one) => one.IndexName, width: 180 },
          { id: 'status', header: 'Status', cell: (one) => <Status of={one.IndexStatus} />, value: (one) => one.IndexStatus },
          { id: 'kind', header: 'Type', cell: (one) => one.kind, value: (one) => one.kind },
          { id: 'hash', header: 'Partition key', cell: (one) => keyText(table, one.KeySchema, 'HASH') },
          { id: 'range', header: 'Sort key', cell: (one) => keyText(table, one.KeySchema, 'RANGE') },
          { id: 'projection', header: 'Projected attributes', cell: (one) => one.Projection?.ProjectionType },
          { id: 'items', header: 'Items', cell: (one) => one.ItemCount?.toLocaleString('en') },
        ]}
      />
      {index && (
        <IndexDialog
          index={index}
          set={setIndex}
          act={add}
          close={(done) => {
            setIndex(undefined)
            if (done) reload()
          }}
        />
      )}
    </>
  )
}

interface Condition {
  attribute: string
  type: string
  operator: string
  value: string
}

const operators = [
  { value: '=', label: 'Equal to' },
  { value: '<>', label: 'Not equal to' },
  { value: '<', label: 'Less than' },
  { value: '<=', label: 'Less than or equal to' },
  { value: '>', label: 'Greater than' },
  { value: '>=', label: 'Greater than or equal to' },
  { value: 'begins_with', label: 'Begins with' },
  { value: 'contains', label: 'Contains' },
  { value: 'exists', label: 'Exists' },
  { value: 'missing', label: 'Does not exist' },
]

const valueTypes = [...types.slice(0, 2), { value: 'BOOL', label: 'Boolean' }, { value: 'NULL', label: 'Null' }]

const typedValue = (type: string, value: string): AttributeValue =>
  type === 'N' ? { N: value } : type === 'BOOL' ? { BOOL: value === 'true' } : type === 'NULL' ? { NULL: true } : type === 'B' ? { B: Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0)) } : { S: value }

const pageSize = 300

/** Scan or query, and what it found. */
function Items({ table }: { table: TableDescription }) {
  const [form, set] = useForm({ way: 'scan', index: '', hash: '', range: '', rangeOperator: '=', newest: false, filters: [] as Condition[] })
  const [items, setItems] = useState<Item[]>()
  const [next, setNext] = useState<Item>()
  const [units, setUnits] = useState('')
  const [editing, setEditing] = useState<{ item: Item; isNew: boolean }>()
  const { busy, error, run } = useAct()
  const hash = keyOf(table.KeySchema, 'HASH')!
  const range = keyOf(table.KeySchema, 'RANGE')
  const schema = form.index ? [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])].find((one) => one.IndexName === form.index)?.KeySchema : table.KeySchema
  const queryHash = keyOf(schema, 'HASH')!
  const queryRange = keyOf(schema, 'RANGE')

  const read = (from?: Item) =>
    run(async () => {
      const names: Record<string, string> = {}
      const values: Item = {}
      const name = (attribute: string) => {
        const known = Object.entries(names).find(([, one]) => one === attribute)?.[0]
        const placeholder = known ?? `#n${Object.keys(names).length}`
        names[placeholder] = attribute
        return placeholder
      }
      const value = (type: string, text: string) => {
        const placeholder = `:v${Object.keys(values).length}`
        values[placeholder] = typedValue(type, text)
        return placeholder
      }
      const condition = ({ attribute, type, operator, value: text }: Condition) =>
        operator === 'exists' ? `attribute_exists(${name(attribute)})`
        : operator === 'missing' ? `attribute_not_exists(${name(attribute)})`
        : /^[a-z]/.test(operator) ? `${operator}(${name(attribute)}, ${value(type, text)})`
        : `${name(attribute)} ${operator} ${value(type, text)}`
      const key =
        form.way === 'query'
          ? [
              condition({ attribute: queryHash, type: typeOf(table, queryHash) ?? 'S', operator: '=', value: form.hash }),
              ...(queryRange && form.range ? [condition({ attribute: queryRange, type: typeOf(table, queryRange) ?? 'S', operator: form.rangeOperator, value: form.range })] : []),
            ].join(' AND ')
          : undefined
      const filter = form.filters.filter((one) => one.attribute).map(condition).join(' AND ')
      const input = {
        TableName: table.TableName,
        IndexName: form.index || undefined,
        Limit: pageSize,
        ExclusiveStartKey: from,
        FilterExpression: filter || undefined,
        ExpressionAttributeNames: Object.keys(names).length ? names : undefined,
        ExpressionAttributeValues: Object.keys(values).length ? values : undefined,
        ReturnConsumedCapacity: 'TOTAL' as const,
      }
      const found = key ? await dynamodb.send(new QueryCommand({ ...input, KeyConditionExpression: key, ScanIndexForward: form.newest ? false : undefined })) : await dynamodb.send(new ScanCommand(input))
      setItems((old) => [...(from ? (old ?? []) : []), ...(found.Items ?? [])])
      setNext(found.LastEvaluatedKey)
      setUnits(`${found.ScannedCount} items scanned, ${found.Count} returned, ${found.ConsumedCapacity?.CapacityUnits ?? 0} RCUs consumed`)
    })
  useEffect(() => void read(), [])

  const key = (item: Item): Item => ({ [hash]: item[hash]!, ...(range && { [range]: item[range]! }) })
  const attributes = [...new Set([hash, ...(range ? [range] : []), ...(items ?? []).slice(0, 500).flatMap(Object.keys)])].slice(0, 30)
  const columns: Column<Item>[] = attributes.map((attribute, index) => ({
    id: attribute,
    header: index < (range ? 2 : 1) ? `${attribute} (${typeOf(table, attribute) === 'N' ? 'Number' : typeOf(table, attribute) === 'B' ? 'Binary' : 'String'})` : attribute,
    value: (item) => (item[attribute]?.N !== undefined ? Number(item[attribute].N) : short(item[attribute])),
    cell: (item) =>
      index === 0 ? (
        <Button variant="inline-link" onClick={() => setEditing({ item, isNew: false })} ariaLabel={`Edit ${short(item[attribute])}`}>
          {short(item[attribute]) || '<empty>'}
        </Button>
      ) : item[attribute] === undefined ? (
        ''
      ) : (
        short(item[attribute]).slice(0, 200)
      ),
  }))
  const identity = (item: Item) => JSON.stringify(key(item)).length > 120 ? short(item[hash]) + (range ? ` · ${short(item[range])}` : '') : [short(item[hash]), range && short(item[range])].filter(Boolean).join(' · ')

  return (
    <SpaceBetween size="l">
      <ExpandableSection variant="container" headerText="Scan or query items" defaultExpanded>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void read()
          }}
        >
          <SpaceBetween size="m">
            <SegmentedControl label="How" selectedId={form.way} onChange={({ detail }) => set({ way: detail.selectedId })} options={[{ id: 'scan', text: 'Scan' }, { id: 'query', text: 'Query' }]} />
            <Choose
              label="Table or index"
              value={form.index}
              set={(index) => set({ index })}
              choices={[{ value: '', label: `Table – ${table.TableName}` }, ...[...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])].map((one) => ({ value: one.IndexName!, label: `Index – ${one.IndexName}` }))]}
            />
            {form.way === 'query' && (
              <SpaceBetween size="m">
                <Text label={`${queryHash} (Partition key)`} value={form.hash} set={(value) => set({ hash: value })} placeholder="Enter partition key value" />
                {queryRange && (
                  <Grid gridDefinition={[{ colspan: { default: 12, xxs: 4 } }, { colspan: { default: 12, xxs: 8 } }]}>
                    <FormField label={`${queryRange} (Sort key)`} stretch>
                      <Select ariaLabel="Sort key condition" selectedOption={operators.find((one) => one.value === form.rangeOperator)!} options={operators.filter((one) => !['<>', 'contains', 'exists', 'missing'].includes(one.value))} onChange={({ detail }) => set({ rangeOperator: detail.selectedOption.value })} />
                    </FormField>
                    <FormField label="Value" stretch>
                      <Input value={form.range} onChange={({ detail }) => set({ range: detail.value })} placeholder="Enter sort key value" />
                    </FormField>
                  </Grid>
                )}
                <Check label="Sort descending" value={form.newest} set={(newest) => set({ newest })} />
              </SpaceBetween>
            )}
            <ExpandableSection headerText={`Filters${form.filters.length ? ` (${form.filters.length})` : ''}`}>
              <AttributeEditor
                items={form.filters}
                addButtonText="Add filter"
                removeButtonText="Remove"
                empty="No filters"
                onAddButtonClick={() => set({ filters: [...form.filters, { attribute: '', type: 'S', operator: '=', value: '' }] })}
                onRemoveButtonClick={({ detail }) => set({ filters: form.filters.filter((_, index) => index !== detail.itemIndex) })}
                definition={filterFields((index, change) => set({ filters: form.filters.map((one, at) => (at === index ? { ...one, ...change } : one)) }))}
              />
            </ExpandableSection>
            <SpaceBetween direction="horizontal" size="xs" alignItems="center">
              <Button variant="primary" loading={busy}>
                Run
              </Button>
              <Button formAction="none" onClick={() => set({ hash: '', range: '', filters: [], newest: false })}>
                Reset
              </Button>
              {units && <Muted>{units}</Muted>}
            </SpaceBetween>
            <Failure error={error} />
          </SpaceBetween>
        </form>
      </ExpandableSection>
      <List
        title="Items returned"
        noun="item"
        loaded={{ value: items, error: undefined, busy, reload: () => void read() }}
        id={identity}
        columns={columns}
        remove={(item) => dynamodb.send(new DeleteItemCommand({ TableName: table.TableName, Key: key(item) }))}
        empty="The table holds no such items."
        actions={(chosen) => (
          <>
            <Button disabled={chosen.length !== 1} onClick={() => setEditing({ item: chosen[0]!, isNew: true })}>
              Duplicate
            </Button>
            <Button variant="primary" onClick={() => setEditing({ item: { [hash]: empty(typeOf(table, hash)), ...(range && { [range]: empty(typeOf(table, range)) }) }, isNew: true })}>
              Create item
            </Button>
          </>
        )}
        footer={
          next && (
            <Box textAlign="center">
              <Button loading={busy} onClick={() => void read(next)}>
                Retrieve next page
              </Button>
            </Box>
          )
        }
      />
      {editing && (
        <ItemDialog
          table={table}
          start={editing.item}
          isNew={editing.isNew}
          keyNames={range ? [hash, range] : [hash]}
          close={(done) => {
            setEditing(undefined)
            if (done) void read()
          }}
        />
      )}
    </SpaceBetween>
  )
}

const empty = (type: ScalarAttributeType | undefined): AttributeValue => (type === 'N' ? { N: '0' } : type === 'B' ? { B: new Uint8Array() } : { S: '' })

const filterFields = (change: (index: number, change: Partial<Condition>) => void) => [
  { label: 'Attribute name', control: (one: Condition, index: number) => <Input ariaLabel="Attribute name" value={one.attribute} onChange={({ detail }) => change(index, { attribute: detail.value })} placeholder="Enter attribute name" /> },
  { label: 'Condition', control: (one: Condition, index: number) => <Select ariaLabel="Condition" selectedOption={operators.find((each) => each.value === one.operator)!} options={operators} onChange={({ detail }) => change(index, { operator: detail.selectedOption.value })} /> },
  { label: 'Type', control: (one: Condition, index: number) => <Select ariaLabel="Type" selectedOption={valueTypes.find((each) => each.value === one.type)!} options={valueTypes} onChange={({ detail }) => change(index, { type: detail.selectedOption.value })} /> },
  { label: 'Value', control: (one: Condition, index: number) => <Input ariaLabel="Value" value={one.value} disabled={one.operator === 'exists' || one.operator === 'missing' || one.type === 'NULL'} onChange={({ detail }) => change(index, { value: detail.value })} placeholder={one.type === 'BOOL' ? 'true or false' : 'Enter attribute value'} /> },
]

function ItemDialog({ table, start, isNew, keyNames, close }: { table: TableDescription; start: Item; isNew: boolean; keyNames: string[]; close: (done: boolean) => void }) {
  const plainPossible = Object.values(start).every(fitsPlain)
  const [typed, setTyped] = useState(!plainPossible)
  const [text, setText] = useState(() => (plainPossible ? toPlain({ M: start }) : toTyped(start)))
  const [problem, setProblem] = useState('')
  const parse = () => (typed ? fromTyped(text) : fromPlain(text))
  const switchTo = (toTypedForm: boolean) => {
    try {
      const item = parse()
      if (!toTypedForm && !Object.values(item).every(fitsPlain)) throw new Error('Sets and binary values can only be written as DynamoDB JSON.')
      setText(toTypedForm ? toTyped(item) : toPlain({ M: item }))
      setTyped(toTypedForm)
      setProblem('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  const act = async () => {
    setProblem('')
    const item = parse()
    const moved = !isNew && keyNames.some((name) => JSON.stringify(item[name]) !== JSON.stringify(start[name]))
    await dynamodb.send(new PutItemCommand({ TableName: table.TableName, Item: item, ...(isNew || moved ? { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': keyNames[0]! } } : {}) }))
    if (moved) await dynamodb.send(new DeleteItemCommand({ TableName: table.TableName, Key: Object.fromEntries(keyNames.map((name) => [name, start[name]!])) }))
    say(isNew ? 'The item was created.' : 'The item was saved.')
  }
  return (
    <Dialog title={isNew ? 'Create item' : 'Edit item'} size="large" submit={isNew ? 'Create item' : 'Save'} act={act} close={close}>
      <Toggle checked={typed} onChange={({ detail }) => switchTo(detail.checked)}>
        View DynamoDB JSON
      </Toggle>
      <Editor label="Attributes" language="json" value={text} set={setText} height={320} />
      {problem && <Alert type="error">{problem}</Alert>}
    </Dialog>
  )
}


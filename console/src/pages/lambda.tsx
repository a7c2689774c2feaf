import {
  AddPermissionCommand, CreateFunctionCommand, DeleteFunctionCommand, DeleteFunctionConcurrencyCommand, GetFunctionCommand, GetPolicyCommand, InvokeCommand, LambdaClient,
  ListAliasesCommand, ListEventSourceMappingsCommand, ListFunctionsCommand, ListVersionsByFunctionCommand, PublishVersionCommand, PutFunctionConcurrencyCommand, RemovePermissionCommand, UpdateFunctionCodeCommand, UpdateFunctionConfigurationCommand,
  type FunctionConfiguration, type GetFunctionResponse, type Runtime,
} from '@aws-sdk/client-lambda'
import { lazy, Suspense, useEffect, useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { Editor, type Language } from '../kit/editor'
import { Failure } from '../kit/failure'
import { bytes, Choose, ChooseMany, Copy, lines, Lines, Mono, Muted, nameOf, Text, useForm, when } from '../kit/fields'
import { signed } from '../kit/galley'
import { List } from '../kit/list'
import { useAct, useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Create, Detail, Section, useTitle, Waiting } from '../kit/page'
import { isFor, makeFunctionRole, policyTemplates, roles } from '../kit/role'
import { setQuery, To, to, usePlace } from '../kit/route'
import { unzip, zip, type ZipFile } from '../kit/zip'
import { ZipField } from '../kit/zip-field'
import { Alert, AttributeEditor, Badge, Box, Button, ColumnLayout, ExpandableSection, FormField, Grid, Input, KeyValuePairs, RadioGroup, SideNavigation, SpaceBetween, StatusIndicator, Tabs } from '../ui'

const FunctionUrl = lazy(() => import('./function-url'))

export const lambda = recorded(new LambdaClient(config), 'lambda')

export default function Lambda({ parts: [name] }: { parts: string[] }) {
  return name === undefined ? <Functions /> : name === 'create' ? <CreateFunction /> : <Function name={name} key={name} />
}

export const functions = () =>
  all<FunctionConfiguration, string>(async (Marker) => {
    const page = await lambda.send(new ListFunctionsCommand({ Marker }))
    return [page.Functions, page.NextMarker]
  })

export const languages = [
  { value: 'python3.13', label: 'Python 3.13' },
  { value: 'python3.12', label: 'Python 3.12' },
  { value: 'python3.11', label: 'Python 3.11' },
  { value: 'python3.8', label: 'Python 3.8', description: 'As in the tutorial; AWS no longer creates it' },
  { value: 'nodejs22.x', label: 'Node.js 22.x' },
  { value: 'nodejs20.x', label: 'Node.js 20.x' },
  { value: 'dotnet8', label: '.NET 8' },
  { value: 'provided.al2023', label: 'Amazon Linux 2023 (own bootstrap)' },
]

function Functions() {
  useTitle('Functions')
  return (
    <List
      title="Functions"
      noun="function"
      variant="full-page"
      loaded={useLoad(functions)}
      id={(one) => one.FunctionName!}
      create="/lambda/create"
      remove={(one) => lambda.send(new DeleteFunctionCommand({ FunctionName: one.FunctionName }))}
      empty="A function runs your code when something calls it."
      columns={[
        { id: 'name', header: 'Function name', cell: (one) => <To href={to('lambda', one.FunctionName!)}>{one.FunctionName}</To>, value: (one) => one.FunctionName, width: 240 },
        { id: 'description', header: 'Description', cell: (one) => one.Description || '–', value: (one) => one.Description, width: 160 },
        { id: 'package', header: 'Package type', cell: (one) => one.PackageType, value: (one) => one.PackageType },
        { id: 'runtime', header: 'Runtime', cell: (one) => languages.find((each) => each.value === one.Runtime)?.label ?? one.Runtime, value: (one) => one.Runtime, width: 140 },
        { id: 'memory', header: 'Memory', cell: (one) => `${one.MemorySize} MB`, value: (one) => one.MemorySize },
        { id: 'size', header: 'Code size', cell: (one) => bytes(one.CodeSize), value: (one) => one.CodeSize },
        { id: 'modified', header: 'Last modified', cell: (one) => when(one.LastModified), value: (one) => one.LastModified, width: 170 },
      ]}
    />
  )
}

const starters: Record<string, { handler: string; file: string; code: string }> = {
  python: { handler: 'lambda_function.lambda_handler', file: 'lambda_function.py', code: "import json\n\n\ndef lambda_handler(event, context):\n    return {\n        'statusCode': 200,\n        'body': json.dumps('Hello from Lambda!'),\n    }\n" },
  nodejs: { handler: 'index.handler', file: 'index.mjs', code: "export const handler = async (event) => ({\n  statusCode: 200,\n  body: JSON.stringify('Hello from Lambda!'),\n})\n" },
  provided: { handler: 'bootstrap', file: 'bootstrap', code: '#!/bin/sh\n# Speaks the Runtime API: replace this file by your program.\nwhile :; do\n  head=$(mktemp)\n  curl -sS -D "$head" -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"\n  id=$(sed -n "s/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: *//p" "$head" | tr -d "\\r")\n  curl -sS -d \'"Hello from Lambda!"\' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"\ndone\n' },
}

const starterOf = (runtime: string) => starters[Object.keys(starters).find((prefix) => runtime.startsWith(prefix)) ?? 'provided']!

function CreateFunction() {
  const [form, set] = useForm({ name: '', runtime: 'python3.13', role: 'basic', existing: '', roleName: '', templates: [] as string[] })
  const known = useLoad(async () => (await roles()).filter((role) => isFor(role, 'lambda.amazonaws.com')))
  const act = async () => {
    const role =
      form.role === 'existing' ? form.existing : form.role === 'basic' ? await makeFunctionRole(`${form.name}-role-${crypto.randomUUID().slice(0, 8)}`.slice(-64), []) : await makeFunctionRole(form.roleName, form.templates)
    const starter = starterOf(form.runtime)
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: form.name,
        Runtime: form.runtime as Runtime,
        Handler: starter.handler,
        Role: role,
        Code: { ZipFile: await zip([{ name: starter.file, data: new TextEncoder().encode(starter.code) }]) },
      }),
    )
    say(`Successfully created the function ${form.name}.`)
    return to('lambda', form.name)
  }
  return (
    <Create title="Create function" description="Author from scratch: start with a Hello World example." submit="Create function" cancel="/lambda" act={act} disabled={!form.name}>
      <Section title="Basic information">
        <Text label="Function name" value={form.name} set={(name) => set({ name })} placeholder="myFunctionName" constraint="1 to 64 letters, digits, hyphens and underscores." />
        <Choose label="Runtime" value={form.runtime} set={(runtime) => set({ runtime })} choices={languages} />
      </Section>
      <Section title="Permissions" description="A function acts with the rights of its execution role. Every role here may write its logs.">
        <FormField label="Execution role">
          <RadioGroup
            value={form.role}
            onChange={({ detail }) => set({ role: detail.value })}
            items={[
              { value: 'basic', label: 'Create a new role with basic Lambda permissions' },
              { value: 'existing', label: 'Use an existing role' },
              { value: 'templates', label: 'Create a new role from AWS policy templates' },
            ]}
          />
        </FormField>
        {form.role === 'existing' && <Choose label="Existing role" value={form.existing} set={(existing) => set({ existing })} choices={(known.value ?? []).map((role) => ({ value: role.Arn!, label: `${role.Path === '/' ? '' : role.Path!.slice(1)}${role.RoleName}` }))} filter loading={known.busy} empty="No role that Lambda may take" />}
        {form.role === 'templates' && (
          <SpaceBetween size="m">
            <Text label="Role name" value={form.roleName} set={(roleName) => set({ roleName })} placeholder="myRoleName" />
            <ChooseMany label="Policy templates" optional value={form.templates} set={(templates) => set({ templates })} choices={policyTemplates.map(({ name, description }) => ({ value: name, label: name, description }))} />
          </SpaceBetween>
        )}
        <Failure error={known.error} />
      </Section>
    </Create>
  )
}

function Function({ name }: { name: string }) {
  const loaded = useLoad(() => lambda.send(new GetFunctionCommand({ FunctionName: name })))
  const tab = usePlace().query.get('tab') ?? 'code'
  const pending = loaded.value?.Configuration?.State === 'Pending' || loaded.value?.Configuration?.LastUpdateStatus === 'InProgress'
  useEffect(() => {
    if (!pending) return
    const timer = setTimeout(loaded.reload, 700)
    return () => clearTimeout(timer)
  }, [loaded.value, pending])
  return (
    <Detail title={name} loaded={loaded} audit={{ type: 'AWS::Lambda::Function', id: name, noun: 'function' }} actions={() => <Copy text={loaded.value?.Configuration?.FunctionArn} />}>
      {(value) => {
        const configuration = value.Configuration!
        return (
          <SpaceBetween size="l">
            {configuration.StateReason && <Alert type={configuration.State === 'Failed' ? 'error' : 'info'}>{configuration.StateReason}</Alert>}
            <Tabs
              activeTabId={tab}
              onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
              tabs={[
                { id: 'code', label: 'Code', content: <Code value={value} reload={loaded.reload} /> },
                { id: 'test', label: 'Test', content: <Test name={name} /> },
                { id: 'configuration', label: 'Configuration', content: <Configuration value={configuration} concurrency={value.Concurrency?.ReservedConcurrentExecutions} reload={loaded.reload} /> },
                { id: 'permissions', label: 'Permissions', content: <Permissions name={name} role={configuration.Role!} /> },
                { id: 'triggers', label: 'Triggers', content: <Triggers name={name} /> },
                { id: 'url', label: 'Function URL', content: <Suspense fallback={<Waiting />}><FunctionUrl name={name} /></Suspense> },
                { id: 'versions', label: 'Versions', content: <Versions name={name} /> },
                { id: 'monitor', label: 'Monitor', content: <Section title="Logs">What the function writes is in its log group. <To href={to('logs', configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`)}>View CloudWatch logs</To></Section> },
              ]}
            />
          </SpaceBetween>
        )
      }}
    </Detail>
  )
}

const languageOf = (file: string): Language => (/\.(mjs|cjs|js|ts)$/.test(file) ? 'javascript' : file.endsWith('.py') ? 'python' : file.endsWith('.json') ? 'json' : /\.ya?ml$/.test(file) ? 'yaml' : /\.sh$|^bootstrap$/.test(file) ? 'sh' : 'text')

const largest = 3 << 20
const decoder = new TextDecoder('utf-8', { fatal: true })
const textOf = (data: Uint8Array): string | undefined => {
  try {
    return decoder.decode(data)
  } catch {
    return undefined
  }
}

function Code({ value, reload }: { value: GetFunctionResponse; reload: () => void }) {
  const configuration = value.Configuration!
  const name = configuration.FunctionName!
  const tooLarge = (configuration.CodeSize ?? 0) > largest
  const code = useLoad(async (): Promise<ZipFile[]> => {
    if (tooLarge) return []
    const link = new URL(value.Code!.Location!)
    const answer = await signed('lambda', 'GET', link.pathname, Object.fromEntries(link.searchParams))
    if (!answer.ok) throw new Error(`The code could not be read: ${await answer.text()}`)
    return unzip(new Uint8Array(await answer.arrayBuffer()))
  }, configuration.CodeSha256)
  const [changed, setChanged] = useState<Record<string, string>>({})
  const [chosen, setChosen] = useState<string>()
  const [uploading, setUploading] = useState(false)
  const { busy, error, run } = useAct()
  useEffect(() => setChanged({}), [configuration.CodeSha256])
  const main = configuration.Handler?.split('.')[0] ?? ''
  const files = code.value ?? []
  const file = chosen ?? files.find((one) => one.name.replace(/\.\w+$/, '') === main)?.name ?? files[0]?.name
  const shown = files.find((one) => one.name === file)
  const text = file === undefined ? undefined : (changed[file] ?? (shown && textOf(shown.data)))
  const dirty = Object.keys(changed).length > 0
  const deploy = () =>
    run(async () => {
      const all = files.map((one) => (changed[one.name] === undefined ? one : { name: one.name, data: new TextEncoder().encode(changed[one.name]) }))
      await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await zip(all) }))
      say(`Successfully updated the function ${name}.`)
      reload()
    })
  return (
    <SpaceBetween size="l">
      <Section
        title="Code source"
        description={`${configuration.Runtime ?? configuration.PackageType} · handler ${configuration.Handler ?? '–'} · ${bytes(configuration.CodeSize)}`}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setUploading(true)}>Upload .zip file</Button>
            <Button onClick={() => setQuery('tab', 'test')}>Test</Button>
            <Button variant="primary" disabled={!dirty} loading={busy} onClick={deploy}>
              Deploy
            </Button>
          </SpaceBetween>
        }
      >
        <Failure error={code.error ?? error} />
        {tooLarge ? (
          <Alert type="info">The deployment package is too large to be edited here. It can still be tested, and replaced by another .zip file.</Alert>
        ) : !code.value ? (
          !code.error && <Waiting />
        ) : (
          <Grid gridDefinition={files.length > 1 ? [{ colspan: { default: 12, s: 3 } }, { colspan: { default: 12, s: 9 } }] : [{ colspan: 12 }]}>
            {files.length > 1 && (
              <div className="files">
                <SideNavigation activeHref={`#${file}`} items={files.slice(0, 200).map((one) => ({ type: 'link' as const, text: (changed[one.name] === undefined ? '' : '● ') + one.name, href: `#${one.name}` }))} onFollow={(event) => { event.preventDefault(); setChosen(event.detail.href.slice(1)) }} />
              </div>
            )}
            {file !== undefined && text !== undefined ? (
              <div>
                <Box padding={{ bottom: 'xs' }} fontWeight="bold">{file}</Box>
                <Editor key={file} bare label={`Code of ${file}`} language={languageOf(file)} value={text} set={(now) => setChanged((old) => ({ ...old, [file]: now }))} height={400} />
              </div>
            ) : (
              <Muted>{file ? `${file} is no text.` : 'The package is empty.'}</Muted>
            )}
          </Grid>
        )}
        {dirty && <StatusIndicator type="warning">Changes are not deployed yet</StatusIndicator>}
      </Section>
      {uploading && <Upload name={name} close={(done) => { setUploading(false); if (done) reload() }} />}
    </SpaceBetween>
  )
}

function Upload({ name, close }: { name: string; close: (done: boolean) => void }) {
  const [files, setFiles] = useState<File[]>([])
  return (
    <Dialog
      title="Upload a .zip file"
      submit="Save"
      disabled={files.length !== 1}
      close={close}
      act={async () => {
        await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: new Uint8Array(await files[0]!.arrayBuffer()) }))
        say(`Successfully updated the function ${name}.`)
      }}
    >
      <ZipField description="A .zip file replaces all code of the function." value={files} set={setFiles} />
    </Dialog>
  )
}

const events: Record<string, string> = {
  'hello-world': JSON.stringify({ key1: 'value1', key2: 'value2', key3: 'value3' }, null, 2),
  'API Gateway HTTP API': JSON.stringify({ version: '2.0', routeKey: 'GET /recipes', rawPath: '/recipes', rawQueryString: '', headers: { accept: '*/*' }, requestContext: { http: { method: 'GET', path: '/recipes', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' }, routeKey: 'GET /recipes', stage: '$default' }, isBase64Encoded: false }, null, 2),
  'Path parameter': JSON.stringify({ pathParameters: { code: '' } }, null, 2),
}

const savedKey = (name: string) => `galley-events/${name}`
const saved = (name: string): Record<string, string> => JSON.parse(localStorage.getItem(savedKey(name)) ?? '{}') as Record<string, string>

interface Result {
  failed: string | undefined
  payload: string
  log: string
  requestId: string | undefined
}

function Test({ name }: { name: string }) {
  const [kept, setKept] = useState(() => saved(name))
  const first = Object.keys(kept)[0]
  const [event, setEvent] = useState(first ?? '')
  const [text, setText] = useState(first ? kept[first]! : events['hello-world']!)
  const [title, setTitle] = useState(first ?? '')
  const [result, setResult] = useState<Result>()
  const { busy, error, run } = useAct()
  const store = (next: Record<string, string>) => {
    localStorage.setItem(savedKey(name), JSON.stringify(next))
    setKept(next)
  }
  const test = () =>
    run(async () => {
      setResult(undefined)
      JSON.parse(text)
      const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: new TextEncoder().encode(text), LogType: 'Tail' }))
      setResult({
        failed: answer.FunctionError,
        payload: pretty(new TextDecoder().decode(answer.Payload)),
        log: new TextDecoder().decode(Uint8Array.from(atob(answer.LogResult ?? ''), (letter) => letter.charCodeAt(0))),
        requestId: answer.$metadata.requestId,
      })
    })
  return (
    <SpaceBetween size="l">
      <Failure error={error} />
      {result && <Execution result={result} />}
      <Section
        title="Test event"
        description="The event is what the function gets. Events are kept by name, in this browser."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {event && <Button onClick={() => { const { [event]: _, ...rest } = kept; store(rest); setEvent('') ; setTitle('') }}>Delete</Button>}
            <Button disabled={!title} onClick={() => { store({ ...kept, [title]: text }); setEvent(title); say(`The test event ${title} was saved.`) }}>
              Save
            </Button>
            <Button variant="primary" loading={busy} onClick={test}>
              Test
            </Button>
          </SpaceBetween>
        }
      >
        <ColumnLayout columns={2}>
          <Choose
            label="Event"
            value={event ? `saved:${event}` : 'new:hello-world'}
            set={(choice) => {
              const [kind, id] = [choice.slice(0, choice.indexOf(':')), choice.slice(choice.indexOf(':') + 1)]
              setEvent(kind === 'saved' ? id : '')
              setTitle(kind === 'saved' ? id : '')
              setText(kind === 'saved' ? kept[id]! : events[id]!)
            }}
            choices={[...Object.keys(kept).map((id) => ({ value: `saved:${id}`, label: id })), ...Object.keys(events).map((id) => ({ value: `new:${id}`, label: `New from template: ${id}` }))]}
          />
          <Text label="Event name" optional value={title} set={setTitle} placeholder="MyEventName" />
        </ColumnLayout>
        <Editor label="Event JSON" language="json" value={text} set={setText} height={220} />
      </Section>
    </SpaceBetween>
  )
}

const pretty = (text: string) => {
  try {
    // Only to indent: digits of large numbers would change, so what would change is shown as it came.
    const again = JSON.stringify(JSON.parse(text), null, 2)
    return again.replace(/\s/g, '') === text.replace(/\s/g, '') ? again : text
  } catch {
    return text
  }
}

function Execution({ result }: { result: Result }) {
  const figure = (label: string) => new RegExp(`${label}: ([^\\t\\n]+)`).exec(result.log)?.[1] ?? '–'
  return (
    <Alert type={result.failed ? 'error' : 'success'} header={result.failed ? `Executing function: failed (${result.failed})` : 'Executing function: succeeded'}>
      <SpaceBetween size="s">
        <ExpandableSection headerText="Details" defaultExpanded>
          <SpaceBetween size="s">
            <Mono wrap>{result.payload || '(no answer)'}</Mono>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'Duration', value: figure('\tDuration') },
                { label: 'Billed duration', value: figure('Billed Duration') },
                { label: 'Init duration', value: figure('Init Duration') },
                { label: 'Memory size', value: figure('Memory Size') },
                { label: 'Max memory used', value: figure('Max Memory Used') },
                { label: 'Request ID', value: <Copy text={result.requestId} /> },
              ]}
            />
          </SpaceBetween>
        </ExpandableSection>
        <ExpandableSection headerText="Log output" defaultExpanded>
          <Mono wrap>{result.log || '(nothing was logged)'}</Mono>
        </ExpandableSection>
      </SpaceBetween>
    </Alert>
  )
}

interface Variable {
  name: string
  value: string
}

function Configuration({ value, concurrency, reload }: { value: FunctionConfiguration; concurrency: number | undefined; reload: () => void }) {
  const [editing, setEditing] = useState<'general' | 'environment' | 'layers'>()
  const [form, set] = useForm({ description: '', memory: '', timeout: '', handler: '', reserved: '', variables: [] as Variable[], layers: '' })
  const name = value.FunctionName!
  const edit = (what: 'general' | 'environment' | 'layers') => {
    set({
      description: value.Description ?? '',
      memory: String(value.MemorySize),
      timeout: String(value.Timeout),
      handler: value.Handler ?? '',
      reserved: concurrency === undefined ? '' : String(concurrency),
      variables: Object.entries(value.Environment?.Variables ?? {}).map(([name, value]) => ({ name, value })),
      layers: value.Layers?.map((one) => one.Arn).join('\n') ?? '',
    })
    setEditing(what)
  }
  const close = (done: boolean) => {
    setEditing(undefined)
    if (done) reload()
  }
  const change = (index: number, part: Partial<Variable>) => set({ variables: form.variables.map((one, at) => (at === index ? { ...one, ...part } : one)) })
  const variables = Object.entries(value.Environment?.Variables ?? {}).map(([name, value]) => ({ name, value }))
  return (
    <SpaceBetween size="l">
      <Section title="General configuration" actions={<Button onClick={() => edit('general')}>Edit</Button>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Description', value: value.Description || '–' },
            { label: 'Memory', value: `${value.MemorySize} MB` },
            { label: 'Timeout', value: `${value.Timeout} s` },
            { label: 'Runtime', value: value.Runtime ?? '–' },
            { label: 'Handler', value: value.Handler ?? '–' },
            { label: 'Architecture', value: value.Architectures?.join(', ') ?? '–' },
            { label: 'Reserved concurrency', value: concurrency ?? 'Unreserved' },
            { label: 'State', value: <StatusIndicator type={value.State === 'Active' ? 'success' : value.State === 'Failed' ? 'error' : 'in-progress'}>{value.State}</StatusIndicator> },
            { label: 'Last modified', value: when(value.LastModified) },
          ]}
        />
      </Section>
      <List
        title="Environment variables"
        noun="environment variable"
        loaded={{ value: variables, error: undefined, busy: false, reload }}
        id={(one) => one.name}
        filterable={false}
        actions={() => <Button onClick={() => edit('environment')}>Edit</Button>}
        columns={[
          { id: 'name', header: 'Key', cell: (one) => one.name, value: (one) => one.name, width: 200 },
          { id: 'value', header: 'Value', cell: (one) => one.value, value: (one) => one.value, width: 300 },
        ]}
      />
      <List
        title="Layers"
        noun="layer"
        description="Unpacked to /opt before the function starts, in this order."
        loaded={{ value: value.Layers ?? [], error: undefined, busy: false, reload }}
        id={(one) => one.Arn!}
        filterable={false}
        actions={() => <Button ariaLabel="Edit layers" onClick={() => edit('layers')}>Edit</Button>}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => <To href={to('layers', one.Arn!.split(':')[6]!)}>{one.Arn!.split(':')[6]}</To>, value: (one) => one.Arn },
          { id: 'version', header: 'Version', cell: (one) => one.Arn!.split(':')[7] },
          { id: 'size', header: 'Code size', cell: (one) => bytes(one.CodeSize), value: (one) => one.CodeSize },
          { id: 'arn', header: 'Version ARN', cell: (one) => <Copy text={one.Arn} />, width: 420 },
        ]}
      />
      {editing === 'layers' && (
        <Dialog
          title="Edit layers"
          submit="Save"
          size="large"
          close={close}
          act={async () => {
            await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Layers: lines(form.layers) }))
            say(`Successfully updated the function ${name}.`)
          }}
        >
          <Lines label="Layer version ARNs" value={form.layers} set={(layers) => set({ layers })} rows={4} placeholder="arn:aws:lambda:eu-west-2:123456789012:layer:my-layer:1" description="One a line; at most five. A layer’s page has its ARNs." />
        </Dialog>
      )}
      {editing === 'general' && (
        <Dialog
          title="Edit basic settings"
          submit="Save"
          close={close}
          act={async () => {
            await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Description: form.description, MemorySize: Number(form.memory), Timeout: Number(form.timeout), Handler: form.handler || undefined }))
            if (form.reserved !== (concurrency === undefined ? '' : String(concurrency))) await (form.reserved === '' ? lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: name })) : lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: Number(form.reserved) })))
            say(`Successfully updated the function ${name}.`)
          }}
        >
          <Text label="Description" optional value={form.description} set={(description) => set({ description })} />
          <Text label="Memory (MB)" type="number" value={form.memory} set={(memory) => set({ memory })} constraint="128 to 10240 MB." />
          <Text label="Timeout (seconds)" type="number" value={form.timeout} set={(timeout) => set({ timeout })} constraint="1 to 900 seconds." />
          <Text label="Handler" value={form.handler} set={(handler) => set({ handler })} />
          <Text label="Reserved concurrency" optional type="number" value={form.reserved} set={(reserved) => set({ reserved })} />
        </Dialog>
      )}
      {editing === 'environment' && (
        <Dialog
          title="Edit environment variables"
          submit="Save"
          size="large"
          close={close}
          act={async () => {
            await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: Object.fromEntries(form.variables.filter((one) => one.name).map((one) => [one.name, one.value])) } }))
            say(`Successfully updated the function ${name}.`)
          }}
        >
          <AttributeEditor
            items={form.variables}
            addButtonText="Add environment variable"
            removeButtonText="Remove"
            empty="No environment variables"
            onAddButtonClick={() => set({ variables: [...form.variables, { name: '', value: '' }] })}
            onRemoveButtonClick={({ detail }) => set({ variables: form.variables.filter((_, at) => at !== detail.itemIndex) })}
            definition={[
              { label: 'Key', control: (one, index) => <Input ariaLabel="Key" value={one.name} onChange={({ detail }) => change(index, { name: detail.value })} spellcheck={false} /> },
              { label: 'Value', control: (one, index) => <Input ariaLabel="Value" value={one.value} onChange={({ detail }) => change(index, { value: detail.value })} spellcheck={false} /> },
            ]}
          />
        </Dialog>
      )}
    </SpaceBetween>
  )
}

interface Statement {
  Sid?: string
  Effect: string
  Principal: unknown
  Action: unknown
  Condition?: unknown
}

export async function statements(name: string): Promise<Statement[]> {
  try {
    return (JSON.parse((await lambda.send(new GetPolicyCommand({ FunctionName: name }))).Policy!) as { Statement: Statement[] }).Statement
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return []
    throw error
  }
}

/** Lets a service call the function, as AWS's console does by itself where a trigger is added. */
export const permit = (name: string, principal: string, sourceArn: string) =>
  lambda.send(new AddPermissionCommand({ FunctionName: name, StatementId: crypto.randomUUID(), Action: 'lambda:InvokeFunction', Principal: principal, SourceArn: sourceArn }))

function Permissions({ name, role }: { name: string; role: string }) {
  const policy = useLoad(() => statements(name))
  const [form, set] = useForm({ open: false, principal: '', source: '' })
  return (
    <SpaceBetween size="l">
      <Section title="Execution role" description="What the function may do.">
        <KeyValuePairs columns={2} items={[{ label: 'Role name', value: <To href={to('iam', 'roles', nameOf(role))}>{nameOf(role)}</To> }, { label: 'ARN', value: <Copy text={role} /> }]} />
      </Section>
      <List
        title="Resource-based policy statements"
        description="Who may call the function."
        noun="statement"
        loaded={policy}
        id={(one) => one.Sid ?? JSON.stringify(one)}
        filterable={false}
        remove={(one) => lambda.send(new RemovePermissionCommand({ FunctionName: name, StatementId: one.Sid }))}
        actions={() => <Button onClick={() => set({ open: true })}>Add permissions</Button>}
        columns={[
          { id: 'sid', header: 'Statement ID', cell: (one) => one.Sid, value: (one) => one.Sid, width: 200 },
          { id: 'principal', header: 'Principal', cell: (one) => (typeof one.Principal === 'string' ? one.Principal : Object.values(one.Principal as object).join(', ')), width: 200 },
          { id: 'action', header: 'Action', cell: (one) => String(one.Action), width: 160 },
          { id: 'conditions', header: 'Conditions', cell: (one) => (one.Condition ? JSON.stringify(one.Condition) : 'None'), width: 300 },
        ]}
      />
      {form.open && (
        <Dialog title="Add permissions" submit="Save" close={(done) => { set({ open: false }); if (done) policy.reload() }} act={() => permit(name, form.principal, form.source)}>
          <Text label="Principal" value={form.principal} set={(principal) => set({ principal })} placeholder="apigateway.amazonaws.com" />
          <Text label="Source ARN" value={form.source} set={(source) => set({ source })} placeholder="arn:aws:execute-api:…" />
        </Dialog>
      )}
    </SpaceBetween>
  )
}

function Triggers({ name }: { name: string }) {
  const loaded = useLoad(async () => {
    const [mappings, policy] = await Promise.all([lambda.send(new ListEventSourceMappingsCommand({ FunctionName: name })), statements(name)])
    return [
      ...(mappings.EventSourceMappings ?? []).map((one) => ({ id: one.UUID!, source: one.EventSourceArn ?? '', state: one.State ?? '' })),
      ...policy.map((one) => ({ id: one.Sid ?? '', source: /"(arn:[^"]+)"/.exec(JSON.stringify(one.Condition ?? ''))?.[1] ?? String(Object.values(one.Principal as object)[0] ?? ''), state: 'Permitted' })),
    ]
  })
  return (
    <List
      title="Triggers"
      noun="trigger"
      loaded={loaded}
      id={(one) => one.id}
      filterable={false}
      empty="Nothing calls the function yet: an HTTP API does when a route leads to it."
      columns={[
        { id: 'source', header: 'Source', cell: (one) => one.source, value: (one) => one.source, width: 400 },
        { id: 'state', header: 'State', cell: (one) => <Badge>{one.state}</Badge>, value: (one) => one.state },
      ]}
    />
  )
}

function Versions({ name }: { name: string }) {
  const versions = useLoad(async () => (await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: name }))).Versions ?? [])
  const aliases = useLoad(async () => (await lambda.send(new ListAliasesCommand({ FunctionName: name }))).Aliases ?? [])
  const { busy, error, run } = useAct()
  return (
    <SpaceBetween size="l">
      <Failure error={error} />
      <List
        title="Versions"
        noun="version"
        loaded={versions}
        id={(one) => one.Version!}
        filterable={false}
        actions={() => <Button loading={busy} onClick={() => void run(() => lambda.send(new PublishVersionCommand({ FunctionName: name }))).then(versions.reload)}>Publish new version</Button>}
        columns={[
          { id: 'version', header: 'Version', cell: (one) => one.Version, value: (one) => one.Version },
          { id: 'description', header: 'Description', cell: (one) => one.Description || '–' },
          { id: 'modified', header: 'Last modified', cell: (one) => when(one.LastModified), width: 170 },
        ]}
      />
      <List
        title="Aliases"
        noun="alias"
        nouns="aliases"
        loaded={aliases}
        id={(one) => one.Name!}
        filterable={false}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => one.Name, value: (one) => one.Name },
          { id: 'version', header: 'Version', cell: (one) => one.FunctionVersion },
          { id: 'description', header: 'Description', cell: (one) => one.Description || '–' },
        ]}
      />
    </SpaceBetween>
  )
}

import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourcesCommand, DescribeStacksCommand, GetTemplateCommand,
  type Stack, type StackEvent,
} from '@aws-sdk/client-cloudformation'
import { lazy, useEffect, useState } from 'react'
import { auditOf } from '../kit/audit'
import { all, config, recorded } from '../kit/aws'
import { save } from '../kit/download'
import { Editor } from '../kit/editor'
import { findingColumns } from '../kit/findings'
import { Failure } from '../kit/failure'
import { Check, Copy, lines, Lines, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useEvery, useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Create, Detail, Section, useTitle } from '../kit/page'
import { follow, Out, setQuery, To, to, usePlace } from '../kit/route'
import { local } from '../kit/session'
import { Button, CopyToClipboard, FileUpload, FormField, KeyValuePairs, SpaceBetween, StatusIndicator, Tabs, type StatusIndicatorProps } from '../ui'

const Export = lazy(() => import('./export'))

export const cloudformation = recorded(new CloudFormationClient(config), 'cloudformation')

export default function Stacks({ parts: [name] }: { parts: string[] }) {
  return name === undefined ? <StackList /> : name === 'create' ? <CreateStack /> : name === 'export' ? <Export cloudformation={cloudformation} /> : <OneStack name={name} key={name} />
}

export const stacks = () =>
  all<Stack, string>(async (NextToken) => {
    const page = await cloudformation.send(new DescribeStacksCommand({ NextToken }))
    return [page.Stacks, page.NextToken]
  })

export const resourcesOf = async (StackName: string) => (await cloudformation.send(new DescribeStackResourcesCommand({ StackName }))).StackResources ?? []

const typeOf = (status: string | undefined): StatusIndicatorProps.Type => (!status ? 'pending' : /FAILED|ROLLBACK_COMPLETE$/.test(status) && !status.startsWith('UPDATE_ROLLBACK_COMPLETE') ? 'error' : status.endsWith('IN_PROGRESS') ? 'in-progress' : status.startsWith('UPDATE_ROLLBACK') ? 'warning' : 'success')

const Status = ({ of }: { of: string | undefined }) => <StatusIndicator type={typeOf(of)}>{of ?? '–'}</StatusIndicator>

function StackList() {
  useTitle('Stacks')
  return (
    <List
      title="Stacks"
      noun="stack"
      variant="full-page"
      loaded={useLoad(stacks)}
      id={(one) => one.StackName!}
      create="/stacks/create"
      actions={() => <Button href="/stacks/export" onFollow={follow as never}>Export as a template</Button>}
      remove={(one) => cloudformation.send(new DeleteStackCommand({ StackName: one.StackName }))}
      removeWarning="A stack's resources go with it, except those that its template retains."
      empty="A stack is a template that was deployed: all its resources at once."
      columns={[
        { id: 'name', header: 'Stack name', cell: (one) => <To href={to('stacks', one.StackName!)}>{one.StackName}</To>, value: (one) => one.StackName, width: 240 },
        { id: 'status', header: 'Status', cell: (one) => <Status of={one.StackStatus} />, value: (one) => one.StackStatus, width: 220 },
        { id: 'description', header: 'Description', cell: (one) => one.Description || '–', value: (one) => one.Description, width: 300 },
        { id: 'created', header: 'Created', cell: (one) => when(one.CreationTime), value: (one) => one.CreationTime?.toISOString(), width: 170 },
        { id: 'updated', header: 'Updated', cell: (one) => when(one.LastUpdatedTime), width: 170 },
      ]}
    />
  )
}

function CreateStack() {
  const [form, set] = useForm({ name: '', template: '', files: [] as File[], parameters: '', iam: true })
  const act = async () => {
    await cloudformation.send(
      new CreateStackCommand({
        StackName: form.name,
        TemplateBody: form.template,
        Capabilities: form.iam ? ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'] : undefined,
        Parameters: lines(form.parameters).map((line) => ({ ParameterKey: line.slice(0, line.indexOf('=')).trim(), ParameterValue: line.slice(line.indexOf('=') + 1).trim() })),
      }),
    )
    say(`Stack ${form.name} is being created.`)
    return `${to('stacks', form.name)}?tab=events`
  }
  return (
    <Create title="Create stack" description="For an app with code and a site, galley deploy also builds and uploads them." submit="Submit" cancel="/stacks" act={act} disabled={!form.name || !form.template}>
      <Section title="Template">
        <FormField label="Upload a template file">
          <FileUpload
            value={form.files}
            onChange={({ detail }) => { set({ files: detail.value }); void detail.value[0]?.text().then((template) => set({ template })) }}
            accept=".yaml,.yml,.json,.template"
            i18nStrings={{ uploadButtonText: () => 'Choose file', dropzoneText: () => 'Drop the template here', removeFileAriaLabel: () => 'Remove the file', limitShowFewer: 'Show fewer', limitShowMore: 'Show more', errorIconAriaLabel: 'Error' }}
          />
        </FormField>
        <Editor label="Template" language={form.template.trimStart().startsWith('{') ? 'json' : 'yaml'} value={form.template} set={(template) => set({ template })} height={300} />
      </Section>
      <Section title="Stack details">
        <Text label="Stack name" value={form.name} set={(name) => set({ name })} />
        <Lines label="Parameters" optional value={form.parameters} set={(parameters) => set({ parameters })} placeholder="Name=value" description="One a line." rows={3} />
        <Check label="I acknowledge that the template may create IAM resources and expand transforms" value={form.iam} set={(iam) => set({ iam })} />
      </Section>
    </Create>
  )
}

function OneStack({ name }: { name: string }) {
  const loaded = useLoad(async () => (await cloudformation.send(new DescribeStacksCommand({ StackName: name }))).Stacks![0]!)
  const tab = usePlace().query.get('tab') ?? 'resources'
  const moving = loaded.value?.StackStatus?.endsWith('IN_PROGRESS')
  useEffect(() => {
    if (!moving) return
    const timer = setTimeout(loaded.reload, 1500)
    return () => clearTimeout(timer)
  }, [loaded.value, moving])
  return (
    <Detail title={name} loaded={loaded}>
      {(stack) => (
        <Tabs
          activeTabId={tab}
          onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
          tabs={[
            { id: 'info', label: 'Stack info', content: <Info stack={stack} /> },
            { id: 'events', label: 'Events', content: <Events name={name} /> },
            { id: 'resources', label: 'Resources', content: <Resources name={name} /> },
            {
              id: 'outputs',
              label: 'Outputs',
              content: (
                <List
                  title="Outputs"
                  noun="output"
                  loaded={{ ...loaded, value: stack.Outputs ?? [] }}
                  id={(one) => one.OutputKey!}
                  columns={[
                    { id: 'key', header: 'Key', cell: (one) => one.OutputKey, value: (one) => one.OutputKey, width: 200 },
                    { id: 'value', header: 'Value', cell: (one) => (/^https?:/.test(one.OutputValue ?? '') ? <Out href={local(one.OutputValue!)}>{one.OutputValue}</Out> : <Copy text={one.OutputValue} />), value: (one) => one.OutputValue, width: 420 },
                    { id: 'description', header: 'Description', cell: (one) => one.Description || '–', width: 200 },
                    { id: 'export', header: 'Export name', cell: (one) => one.ExportName || '–' },
                  ]}
                />
              ),
            },
            {
              id: 'parameters',
              label: 'Parameters',
              content: (
                <List
                  title="Parameters"
                  noun="parameter"
                  loaded={{ ...loaded, value: stack.Parameters ?? [] }}
                  id={(one) => one.ParameterKey!}
                  columns={[
                    { id: 'key', header: 'Key', cell: (one) => one.ParameterKey, value: (one) => one.ParameterKey, width: 200 },
                    { id: 'value', header: 'Value', cell: (one) => one.ParameterValue, value: (one) => one.ParameterValue, width: 400 },
                  ]}
                />
              ),
            },
            { id: 'template', label: 'Template', content: <Template name={name} /> },
            { id: 'audit', label: 'Audit', content: <Findings name={name} /> },
          ]}
        />
      )}
    </Detail>
  )
}

const Info = ({ stack }: { stack: Stack }) => (
  <Section title="Overview">
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Stack ID', value: <Copy text={stack.StackId} /> },
        { label: 'Status', value: <Status of={stack.StackStatus} /> },
        { label: 'Status reason', value: stack.StackStatusReason || '–' },
        { label: 'Description', value: stack.Description || '–' },
        { label: 'Created', value: when(stack.CreationTime) },
        { label: 'Updated', value: when(stack.LastUpdatedTime) },
        { label: 'Capabilities', value: stack.Capabilities?.join(', ') || '–' },
        { label: 'Termination protection', value: stack.EnableTerminationProtection ? 'On' : 'Off' },
      ]}
    />
  </Section>
)

function Events({ name }: { name: string }) {
  const loaded = useLoad(() =>
    all<StackEvent, string>(async (NextToken) => {
      const page = await cloudformation.send(new DescribeStackEventsCommand({ StackName: name, NextToken }))
      return [page.StackEvents, page.NextToken]
    }, 2000),
  )
  useEvery(2000, () => {
    if (loaded.value?.[0]?.ResourceStatus?.endsWith('IN_PROGRESS')) loaded.reload()
  })
  return (
    <List
      title="Events"
      noun="event"
      loaded={loaded}
      id={(one) => one.EventId!}
      columns={[
        { id: 'time', header: 'Timestamp', cell: (one) => when(one.Timestamp), value: (one) => one.Timestamp?.toISOString(), width: 170 },
        { id: 'id', header: 'Logical ID', cell: (one) => one.LogicalResourceId, value: (one) => one.LogicalResourceId, width: 200 },
        { id: 'type', header: 'Type', cell: (one) => one.ResourceType, value: (one) => one.ResourceType, width: 220 },
        { id: 'status', header: 'Status', cell: (one) => <Status of={one.ResourceStatus} />, value: (one) => one.ResourceStatus, width: 220 },
        { id: 'reason', header: 'Status reason', cell: (one) => one.ResourceStatusReason || '–', value: (one) => one.ResourceStatusReason, width: 300 },
      ]}
    />
  )
}

/** Where a resource has a page of its own here. */
export function placeOf(type: string | undefined, id: string | undefined): string | undefined {
  if (!id) return undefined
  switch (type) {
    case 'AWS::DynamoDB::Table': return to('dynamodb', id)
    case 'AWS::Lambda::Function': return to('lambda', id)
    case 'AWS::Lambda::LayerVersion': return to('layers', id.split(':')[6] ?? id)
    case 'AWS::ApiGatewayV2::Api': return to('apis', id)
    case 'AWS::Cognito::UserPool': return to('cognito', id)
    case 'AWS::S3::Bucket': return to('s3', id)
    case 'AWS::CloudFront::Distribution': return to('cloudfront', id)
    case 'AWS::IAM::Role': return to('iam', 'roles', id)
    case 'AWS::Logs::LogGroup': return to('logs', id)
    case 'AWS::CloudFormation::Stack': return to('stacks', id.split('/')[1] ?? id)
    default: return undefined
  }
}

const Resources = ({ name }: { name: string }) => (
  <List
    title="Resources"
    noun="resource"
    loaded={useLoad(() => resourcesOf(name))}
    id={(one) => one.LogicalResourceId!}
    columns={[
      { id: 'logical', header: 'Logical ID', cell: (one) => one.LogicalResourceId, value: (one) => one.LogicalResourceId, width: 220 },
      { id: 'physical', header: 'Physical ID', cell: (one) => { const place = placeOf(one.ResourceType, one.PhysicalResourceId); return place ? <To href={place}>{one.PhysicalResourceId}</To> : one.PhysicalResourceId }, value: (one) => one.PhysicalResourceId, width: 320 },
      { id: 'type', header: 'Type', cell: (one) => one.ResourceType, value: (one) => one.ResourceType, width: 240 },
      { id: 'status', header: 'Status', cell: (one) => <Status of={one.ResourceStatus} />, value: (one) => one.ResourceStatus, width: 200 },
    ]}
  />
)

const Findings = ({ name }: { name: string }) => (
  <List
    title="Audit findings"
    noun="finding"
    description="What a security reviewer would name in this template."
    loaded={useLoad(async () => auditOf((await cloudformation.send(new GetTemplateCommand({ StackName: name }))).TemplateBody ?? ''))}
    id={(one) => `${one.resource} ${one.rule}`}
    columns={[{ id: 'resource', header: 'Resource', cell: (one) => one.resource, value: (one) => one.resource, width: 200 }, ...findingColumns]}
  />
)

function Template({ name }: { name: string }) {
  const [stage, setStage] = useState(false)
  const loaded = useLoad(async () => (await cloudformation.send(new GetTemplateCommand({ StackName: name, TemplateStage: stage ? 'Processed' : 'Original' }))).TemplateBody ?? '', String(stage))
  return (
    <Section
      title="Template"
      actions={
        loaded.value !== undefined && (
          <SpaceBetween direction="horizontal" size="xs">
            <CopyToClipboard copyButtonText="Copy" textToCopy={loaded.value} copySuccessText="Copied" copyErrorText="Not copied" />
            <Button iconName="download" onClick={() => save(`${name}.template.${loaded.value!.trimStart().startsWith('{') ? 'json' : 'yaml'}`, loaded.value!)}>Export the stack as a template</Button>
          </SpaceBetween>
        )
      }
    >
      <Check label="View processed template" description="Transforms, SAM’s too, are expanded." value={stage} set={setStage} />
      <Failure error={loaded.error} />
      {loaded.value !== undefined && <Editor key={String(stage)} bare label="Template" language={loaded.value.trimStart().startsWith('{') ? 'json' : 'yaml'} value={loaded.value} height={520} />}
    </Section>
  )
}

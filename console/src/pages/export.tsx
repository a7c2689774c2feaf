import {
  CreateGeneratedTemplateCommand, DeleteGeneratedTemplateCommand, DescribeGeneratedTemplateCommand, DescribeResourceScanCommand, GetGeneratedTemplateCommand, ListResourceScanResourcesCommand, StartResourceScanCommand,
  type CloudFormationClient, type ScannedResource,
} from '@aws-sdk/client-cloudformation'
import { useState } from 'react'
import { all } from '../kit/aws'
import { save } from '../kit/download'
import { Editor } from '../kit/editor'
import { Failure } from '../kit/failure'
import { Check } from '../kit/fields'
import { List } from '../kit/list'
import { useAct, useLoad } from '../kit/load'
import { Section, useTitle } from '../kit/page'
import { Alert, Button, ContentLayout, CopyToClipboard, Header, SpaceBetween } from '../ui'

const nameOf = (resource: ScannedResource) => Object.values(resource.ResourceIdentifier ?? {}).join(' ')
const idOf = (resource: ScannedResource) => `${resource.ResourceType} ${nameOf(resource)}`

/** Until a status is there, as AWS takes its time. */
async function settled<T extends { Status?: string; StatusReason?: string }>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer.Status === 'COMPLETE') return answer
    if (answer.Status === 'FAILED') throw Object.assign(new Error(answer.StatusReason ?? 'CloudFormation says no more.'), { name: 'Failed' })
    await new Promise((go) => setTimeout(go, 1000))
  }
}

async function scan(cloudformation: CloudFormationClient): Promise<ScannedResource[]> {
  const { ResourceScanId } = await cloudformation.send(new StartResourceScanCommand({}))
  await settled(() => cloudformation.send(new DescribeResourceScanCommand({ ResourceScanId })))
  return all<ScannedResource, string>(async (NextToken) => {
    const page = await cloudformation.send(new ListResourceScanResourcesCommand({ ResourceScanId, NextToken }))
    return [page.Resources, page.NextToken]
  })
}

async function generate(cloudformation: CloudFormationClient, resources: ScannedResource[]): Promise<string> {
  const GeneratedTemplateName = `console-export-${crypto.randomUUID()}`
  await cloudformation.send(
    new CreateGeneratedTemplateCommand({
      GeneratedTemplateName,
      Resources: resources.map(({ ResourceType, ResourceIdentifier }) => ({ ResourceType, ResourceIdentifier })),
      TemplateConfiguration: { DeletionPolicy: 'DELETE', UpdateReplacePolicy: 'DELETE' },
    }),
  )
  try {
    await settled(() => cloudformation.send(new DescribeGeneratedTemplateCommand({ GeneratedTemplateName })))
    return (await cloudformation.send(new GetGeneratedTemplateCommand({ GeneratedTemplateName, Format: 'YAML' }))).TemplateBody ?? ''
  } finally {
    await cloudformation.send(new DeleteGeneratedTemplateCommand({ GeneratedTemplateName }))
  }
}

/** What was made by hand as a template, by CloudFormation's IaC generator, as `galley export` does. */
export default function Export({ cloudformation }: { cloudformation: CloudFormationClient }) {
  useTitle('Export as a template')
  const [managed, setManaged] = useState(false)
  const [template, setTemplate] = useState<string>()
  const { busy, error, run } = useAct()
  const scanned = useLoad(() => scan(cloudformation))
  const shown = scanned.value?.filter((one) => managed || !one.ManagedByStack)
  const write = (resources: ScannedResource[]) => run(async () => setTemplate(await generate(cloudformation, resources)))
  return (
    <ContentLayout header={<Header variant="h1" description="CloudFormation reads what there is and writes it as one template, in which the resources refer to each other. Data and secrets are not in it.">Export as a template</Header>}>
      <SpaceBetween size="l">
        <Failure error={error} />
        {template !== undefined && (
          <Section
            title="Template"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyToClipboard copyButtonText="Copy" textToCopy={template} copySuccessText="Copied" copyErrorText="Not copied" />
                <Button iconName="download" onClick={() => save('template.yaml', template)}>Download</Button>
              </SpaceBetween>
            }
          >
            {template.includes('AWS::Lambda::Function') && <Alert type="info">A function’s code is asked for by parameters. In a terminal <b>galley export --out template.yaml</b> writes the code beside the template too.</Alert>}
            <Editor bare label="Template" language="yaml" value={template} height={420} key={template} />
          </Section>
        )}
        <Check label="Also what belongs to stacks" description="A stack’s own template is at the stack." value={managed} set={setManaged} />
        <List
          title="Resources"
          noun="resource"
          loaded={{ ...scanned, value: shown }}
          id={idOf}
          empty="Nothing was made outside of stacks."
          actions={(chosen) => (
            <>
              <Button disabled={chosen.length === 0} loading={busy} onClick={() => void write(chosen)}>Export selected</Button>
              <Button variant="primary" disabled={!shown?.length} loading={busy} onClick={() => void write(shown!)}>Export all</Button>
            </>
          )}
          columns={[
            { id: 'type', header: 'Type', cell: (one) => one.ResourceType, value: (one) => one.ResourceType, width: 280 },
            { id: 'id', header: 'Identifier', cell: nameOf, value: nameOf, width: 420 },
            { id: 'managed', header: 'Managed by stack', cell: (one) => (one.ManagedByStack ? 'Yes' : 'No'), value: (one) => String(one.ManagedByStack), width: 160 },
          ]}
        />
      </SpaceBetween>
    </ContentLayout>
  )
}

import {
  ApiGatewayV2Client, CreateApiCommand, CreateAuthorizerCommand, CreateIntegrationCommand, CreateRouteCommand, CreateStageCommand, DeleteApiCommand, DeleteAuthorizerCommand, DeleteCorsConfigurationCommand, DeleteIntegrationCommand, DeleteRouteCommand, DeleteStageCommand,
  GetApiCommand, GetApisCommand, GetAuthorizersCommand, GetIntegrationsCommand, GetRoutesCommand, GetStagesCommand, UpdateApiCommand, UpdateRouteCommand,
  type Api, type Authorizer, type Integration, type Route, type Stage,
} from '@aws-sdk/client-apigatewayv2'
import Wizard from '@cloudscape-design/components/wizard'
import { useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { Failure } from '../kit/failure'
import { FindingNote, useFindings } from '../kit/findings'
import { Check, Choose, Copy, lines, Lines, Muted, nameOf, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useAct, useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Detail, Section, useTitle } from '../kit/page'
import { go, Out, setQuery, To, to, usePlace } from '../kit/route'
import { local, session } from '../kit/session'
import { Badge, Box, Button, ButtonDropdown, ColumnLayout, FormField, Grid, Input, KeyValuePairs, Select, SpaceBetween, Tabs } from '../ui'
import { functions, permit } from './lambda'

const gateway = recorded(new ApiGatewayV2Client(config), 'apigatewayv2')

export default function Apis({ parts: [id] }: { parts: string[] }) {
  return id === undefined ? <ApiList /> : id === 'create' ? <CreateApi /> : <OneApi id={id} key={id} />
}

export const apis = () =>
  all<Api, string>(async (NextToken) => {
    const page = await gateway.send(new GetApisCommand({ NextToken }))
    return [page.Items, page.NextToken]
  })

export const routesOf = (ApiId: string) =>
  all<Route, string>(async (NextToken) => {
    const page = await gateway.send(new GetRoutesCommand({ ApiId, NextToken }))
    return [page.Items, page.NextToken]
  })

export const integrationsOf = (ApiId: string) =>
  all<Integration, string>(async (NextToken) => {
    const page = await gateway.send(new GetIntegrationsCommand({ ApiId, NextToken }))
    return [page.Items, page.NextToken]
  })

export const authorizersOf = (ApiId: string) =>
  all<Authorizer, string>(async (NextToken) => {
    const page = await gateway.send(new GetAuthorizersCommand({ ApiId, NextToken }))
    return [page.Items, page.NextToken]
  })

const stagesOf = (ApiId: string) =>
  all<Stage, string>(async (NextToken) => {
    const page = await gateway.send(new GetStagesCommand({ ApiId, NextToken }))
    return [page.Items, page.NextToken]
  })

function ApiList() {
  useTitle('APIs')
  return (
    <List
      title="APIs"
      noun="API"
      variant="full-page"
      loaded={useLoad(apis)}
      id={(one) => one.ApiId!}
      create="/apis/create"
      remove={(one) => gateway.send(new DeleteApiCommand({ ApiId: one.ApiId }))}
      empty="An HTTP API leads requests to functions."
      columns={[
        { id: 'name', header: 'Name', cell: (one) => <To href={to('apis', one.ApiId!)}>{one.Name}</To>, value: (one) => one.Name, width: 200 },
        { id: 'id', header: 'ID', cell: (one) => one.ApiId, value: (one) => one.ApiId, width: 130 },
        { id: 'protocol', header: 'Protocol', cell: (one) => one.ProtocolType },
        { id: 'url', header: 'Invoke URL here', cell: (one) => <Out href={local(one.ApiEndpoint ?? '')} />, width: 420 },
        { id: 'created', header: 'Created', cell: (one) => when(one.CreatedDate), value: (one) => one.CreatedDate?.toISOString(), width: 170 },
      ]}
    />
  )
}

const methods = ['ANY', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'DELETE'].map((value) => ({ value, label: value }))

const functionOf = (uri: string | undefined) => /:function:([^/:]+)/.exec(uri ?? '')?.[1]

const describeTarget = (integration: Integration | undefined) => (integration ? (functionOf(integration.IntegrationUri) ? `Lambda: ${functionOf(integration.IntegrationUri)}` : `${integration.IntegrationMethod ?? ''} ${integration.IntegrationUri ?? integration.IntegrationSubtype ?? ''}`) : undefined)

/** What a route's pattern is in the ARN that a function's policy names. */
const pathOf = (key: string) => (key === '$default' ? '/*' : `/*${key.slice(key.indexOf(' ') + 1).replaceAll(/\{[^}]+\}/g, '*')}`)

async function integrate(api: string, fn: string): Promise<string> {
  const { region, account } = await session()
  const made = await gateway.send(new CreateIntegrationCommand({ ApiId: api, IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: `arn:aws:lambda:${region}:${account}:function:${fn}` }))
  return made.IntegrationId!
}

const letIn = async (api: string, fn: string, key: string) => {
  const { region, account } = await session()
  await permit(fn, 'apigateway.amazonaws.com', `arn:aws:execute-api:${region}:${account}:${api}/*${pathOf(key)}`)
}

interface NewRoute {
  method: string
  path: string
  fn: string
}

/** AWS's own steps: integrations and name, routes, stages, review. */
function CreateApi() {
  useTitle('Create API')
  const [form, set] = useForm({ name: '', fns: [] as string[], routes: [] as NewRoute[], stage: '$default', deploy: true })
  const [step, setStep] = useState(0)
  const known = useLoad(functions)
  const { busy, error, run } = useAct()
  const choices = (known.value ?? []).map((one) => ({ value: one.FunctionName!, label: one.FunctionName! }))
  const change = (index: number, part: Partial<NewRoute>) => set({ routes: form.routes.map((one, at) => (at === index ? { ...one, ...part } : one)) })
  const keyOf = ({ method, path }: NewRoute) => (path === '$default' ? '$default' : `${method} ${path}`)
  const submit = () =>
    run(async () => {
      const api = (await gateway.send(new CreateApiCommand({ Name: form.name, ProtocolType: 'HTTP' }))).ApiId!
      const made = new Map<string, string>()
      for (const fn of form.fns.filter(Boolean)) made.set(fn, await integrate(api, fn))
      for (const route of form.routes) {
        await gateway.send(new CreateRouteCommand({ ApiId: api, RouteKey: keyOf(route), Target: made.has(route.fn) ? `integrations/${made.get(route.fn)}` : undefined }))
        if (made.has(route.fn)) await letIn(api, route.fn, keyOf(route))
      }
      await gateway.send(new CreateStageCommand({ ApiId: api, StageName: form.stage, AutoDeploy: form.deploy }))
      say(`Successfully created API ${form.name} (${api}).`)
      go(to('apis', api))
    })
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => {
        if (step === 0 && detail.requestedStepIndex > 0 && form.routes.length === 0) set({ routes: form.fns.filter(Boolean).map((fn) => ({ method: 'ANY', path: `/${fn}`, fn })) })
        setStep(detail.requestedStepIndex)
      }}
      onCancel={() => go('/apis')}
      onSubmit={() => void submit()}
      isLoadingNextStep={busy}
      submitButtonText="Create"
      i18nStrings={{ stepNumberLabel: (n) => `Step ${n}`, collapsedStepsLabel: (n, of) => `Step ${n} of ${of}`, navigationAriaLabel: 'Steps', cancelButton: 'Cancel', previousButton: 'Previous', nextButton: 'Next' }}
      steps={[
        {
          title: 'Configure API',
          content: (
            <Section title="API details" description="An HTTP API leads requests to what does the work. Add the functions that it will call.">
              <Text label="API name" value={form.name} set={(name) => set({ name })} placeholder="my-http-api" />
              <div>
                <Box variant="awsui-key-label">Integrations</Box>
                <Box color="text-body-secondary" fontSize="body-s" padding={{ bottom: 'xs' }}>Each is a Lambda function that routes can lead to.</Box>
                <SpaceBetween size="xs">
                  {form.fns.map((fn, index) => (
                    <Grid key={index} gridDefinition={[{ colspan: 10 }, { colspan: 2 }]}>
                      <Select ariaLabel="Lambda function" placeholder="Choose a Lambda function" selectedOption={fn ? { value: fn, label: fn } : null} options={choices} empty="No functions" onChange={({ detail }) => set({ fns: form.fns.map((one, at) => (at === index ? detail.selectedOption.value! : one)) })} filteringType="auto" />
                      <Button formAction="none" onClick={() => set({ fns: form.fns.filter((_, at) => at !== index) })}>Remove</Button>
                    </Grid>
                  ))}
                  <Button formAction="none" iconName="add-plus" onClick={() => set({ fns: [...form.fns, ''] })}>
                    Add integration
                  </Button>
                </SpaceBetween>
              </div>
              <Failure error={known.error} />
            </Section>
          ),
        },
        {
          title: 'Configure routes',
          isOptional: true,
          content: (
            <Section title="Routes" description="A route is a method and a path. {name} in a path is a parameter, {proxy+} takes all that follows.">
              {form.routes.map((route, index) => (
                <Grid key={index} gridDefinition={[{ colspan: { default: 12, s: 2 } }, { colspan: { default: 12, s: 4 } }, { colspan: { default: 12, s: 4 } }, { colspan: { default: 12, s: 2 } }]}>
                  <FormField label="Method"><Select ariaLabel="Method" selectedOption={{ value: route.method, label: route.method }} options={methods} onChange={({ detail }) => change(index, { method: detail.selectedOption.value! })} /></FormField>
                  <FormField label="Resource path"><Input value={route.path} onChange={({ detail }) => change(index, { path: detail.value })} placeholder="/recipes" spellcheck={false} /></FormField>
                  <FormField label="Integration target"><Select ariaLabel="Integration target" placeholder="None" selectedOption={route.fn ? { value: route.fn, label: route.fn } : null} options={form.fns.filter(Boolean).map((fn) => ({ value: fn, label: fn }))} onChange={({ detail }) => change(index, { fn: detail.selectedOption.value! })} /></FormField>
                  <FormField label={'\u00a0'}><Button formAction="none" ariaLabel={`Remove route ${keyOf(route)}`} onClick={() => set({ routes: form.routes.filter((_, at) => at !== index) })}>Remove</Button></FormField>
                </Grid>
              ))}
              <Button formAction="none" iconName="add-plus" onClick={() => set({ routes: [...form.routes, { method: 'GET', path: '/', fn: form.fns.find(Boolean) ?? '' }] })}>
                Add route
              </Button>
            </Section>
          ),
        },
        {
          title: 'Define stages',
          isOptional: true,
          content: (
            <Section title="Stages" description="$default serves the API at its address itself, without a stage in the path.">
              <Text label="Stage name" value={form.stage} set={(stage) => set({ stage })} />
              <Check label="Auto-deploy" description="Every change is served at once." value={form.deploy} set={(deploy) => set({ deploy })} />
            </Section>
          ),
        },
        {
          title: 'Review and create',
          content: (
            <SpaceBetween size="l">
              <Section title="API name and integrations" actions={<Button onClick={() => setStep(0)}>Edit</Button>}>
                <KeyValuePairs columns={2} items={[{ label: 'API name', value: form.name || '–' }, { label: 'Integrations', value: form.fns.filter(Boolean).join(', ') || 'None' }]} />
              </Section>
              <Section title="Routes" actions={<Button onClick={() => setStep(1)}>Edit</Button>}>
                {form.routes.length ? form.routes.map((route) => <div key={keyOf(route)}><Badge>{route.method}</Badge> {route.path} → {route.fn || <Muted>no integration</Muted>}</div>) : <Muted>None</Muted>}
              </Section>
              <Section title="Stages" actions={<Button onClick={() => setStep(2)}>Edit</Button>}>
                <KeyValuePairs columns={2} items={[{ label: 'Stage', value: form.stage }, { label: 'Auto-deploy', value: form.deploy ? 'Enabled' : 'Disabled' }]} />
              </Section>
              <Failure error={error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  )
}

interface Whole {
  api: Api
  routes: Route[]
  integrations: Integration[]
  authorizers: Authorizer[]
  stages: Stage[]
}

function OneApi({ id }: { id: string }) {
  const loaded = useLoad(async (): Promise<Whole> => {
    const [api, routes, integrations, authorizers, stages] = await Promise.all([gateway.send(new GetApiCommand({ ApiId: id })), routesOf(id), integrationsOf(id), authorizersOf(id), stagesOf(id)])
    return { api: api as Api, routes, integrations, authorizers, stages }
  })
  const tab = usePlace().query.get('tab') ?? 'routes'
  return (
    <Detail title={loaded.value?.api.Name ?? id} loaded={loaded} description={id} audit={{ type: 'AWS::ApiGatewayV2::Api', id, noun: 'API' }}>
      {(value) => (
        <SpaceBetween size="l">
          <Section title="API details">
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'API ID', value: <Copy text={id} /> },
                { label: 'Default endpoint', value: <Copy text={value.api.ApiEndpoint} /> },
                { label: 'Invoke URL here', value: <Out href={local(value.api.ApiEndpoint ?? '')} /> },
              ]}
            />
          </Section>
          <Tabs
            activeTabId={tab}
            onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
            tabs={[
              { id: 'routes', label: 'Routes', content: <Routes {...value} reload={loaded.reload} busy={loaded.busy} /> },
              { id: 'authorization', label: 'Authorization', content: <Authorizers {...value} reload={loaded.reload} busy={loaded.busy} /> },
              { id: 'integrations', label: 'Integrations', content: <Integrations {...value} reload={loaded.reload} busy={loaded.busy} /> },
              { id: 'cors', label: 'CORS', content: <Cors {...value} reload={loaded.reload} /> },
              { id: 'stages', label: 'Stages', content: <Stages {...value} reload={loaded.reload} busy={loaded.busy} /> },
            ]}
          />
        </SpaceBetween>
      )}
    </Detail>
  )
}

type Part = Whole & { reload: () => void; busy: boolean }

function Routes({ api, routes, integrations, authorizers, stages, reload, busy }: Part) {
  const id = api.ApiId!
  const [dialog, setDialog] = useState<{ kind: 'create' | 'attach' | 'authorize'; route?: Route }>()
  const integrationOf = (route: Route) => integrations.find((one) => route.Target === `integrations/${one.IntegrationId}`)
  const close = (done: boolean) => {
    setDialog(undefined)
    if (done) reload()
  }
  const findings = useFindings('AWS::ApiGatewayV2::Api', id).filter((one) => one.type === 'AWS::ApiGatewayV2::Route')
  const base = local(api.ApiEndpoint ?? '') + (stages.some((one) => one.StageName === '$default') || !stages[0] ? '' : `/${stages[0].StageName}`)
  return (
    <>
      <List
        title={`Routes for ${api.Name}`}
        noun="route"
        loaded={{ value: routes, error: undefined, busy, reload }}
        id={(one) => one.RouteKey!}
        remove={(one) => gateway.send(new DeleteRouteCommand({ ApiId: id, RouteId: one.RouteId }))}
        actions={(chosen) => (
          <>
            <ButtonDropdown
              disabled={chosen.length !== 1}
              items={[{ id: 'attach', text: 'Attach integration' }, { id: 'authorize', text: 'Attach authorization' }]}
              onItemClick={({ detail }) => setDialog({ kind: detail.id as 'attach', route: chosen[0] })}
            >
              Actions
            </ButtonDropdown>
            <Button variant="primary" onClick={() => setDialog({ kind: 'create' })}>
              Create route
            </Button>
          </>
        )}
        columns={[
          { id: 'key', header: 'Route', cell: (one) => { const [method, path] = one.RouteKey!.split(' '); return path && (method === 'GET' || method === 'ANY') && !path.includes('{') ? <span><Badge color="blue">{method}</Badge> <Out href={base + path}>{path}</Out></span> : <span><Badge color="blue">{method}</Badge> {path}</span> }, value: (one) => one.RouteKey, width: 220 },
          { id: 'target', header: 'Integration', cell: (one) => describeTarget(integrationOf(one)) ?? <Button variant="inline-link" ariaLabel={`Attach integration to ${one.RouteKey}`} onClick={() => setDialog({ kind: 'attach', route: one })}>Attach integration</Button>, value: (one) => describeTarget(integrationOf(one)), width: 240 },
          { id: 'auth', header: 'Authorization', cell: (one) => (one.AuthorizationType === 'NONE' || !one.AuthorizationType ? <Button variant="inline-link" ariaLabel={`None, attach authorization to ${one.RouteKey}`} onClick={() => setDialog({ kind: 'authorize', route: one })}>None</Button> : <Badge color="green">{one.AuthorizationType === 'CUSTOM' ? 'Lambda Auth' : `${one.AuthorizationType === 'AWS_IAM' ? 'IAM' : one.AuthorizationType} Auth`}</Badge>), value: (one) => one.AuthorizationType, width: 140 },
          { id: 'audit', header: 'Audit', cell: (one) => <FindingNote findings={findings.filter((each) => each.finding.resource === one.RouteId)} noun="route" />, value: (one) => findings.filter((each) => each.finding.resource === one.RouteId).length, width: 150 },
          { id: 'authorizer', header: 'Authorizer', cell: (one) => authorizers.find((each) => each.AuthorizerId === one.AuthorizerId)?.Name, width: 140 },
          { id: 'scopes', header: 'Scopes', cell: (one) => one.AuthorizationScopes?.join(' ') || '–' },
        ]}
      />
      {dialog?.kind === 'create' && <CreateRoute api={id} close={close} />}
      {dialog?.kind === 'attach' && <Attach api={id} route={dialog.route!} integrations={integrations} close={close} />}
      {dialog?.kind === 'authorize' && <Authorize api={id} route={dialog.route!} authorizers={authorizers} close={close} />}
    </>
  )
}

function CreateRoute({ api, close }: { api: string; close: (done: boolean) => void }) {
  const [form, set] = useForm({ method: 'GET', path: '' })
  const key = form.path === '$default' ? '$default' : `${form.method} ${form.path}`
  return (
    <Dialog title="Create a route" submit="Create" close={close} disabled={!form.path} act={async () => { await gateway.send(new CreateRouteCommand({ ApiId: api, RouteKey: key })); say(`Successfully created route ${key}.`) }}>
      <ColumnLayout columns={2}>
        <Choose label="Method" value={form.method} set={(method) => set({ method })} choices={methods} />
        <Text label="Path" value={form.path} set={(path) => set({ path })} placeholder="/token/{code}" />
      </ColumnLayout>
      <Muted>Without an integration a route answers 404, as on AWS: attach one after it is created.</Muted>
    </Dialog>
  )
}

function Attach({ api, route, integrations, close }: { api: string; route: Route; integrations: Integration[]; close: (done: boolean) => void }) {
  const known = useLoad(functions)
  const [form, set] = useForm({ choice: '', grant: true })
  const attach = async () => {
    const [kind, value] = [form.choice.slice(0, form.choice.indexOf(':')), form.choice.slice(form.choice.indexOf(':') + 1)]
    const integration = kind === 'fn' ? await integrate(api, value) : value
    await gateway.send(new UpdateRouteCommand({ ApiId: api, RouteId: route.RouteId, Target: `integrations/${integration}` }))
    const fn = kind === 'fn' ? value : functionOf(integrations.find((one) => one.IntegrationId === value)?.IntegrationUri)
    if (fn && form.grant) await letIn(api, fn, route.RouteKey!)
    say(`Successfully attached an integration to ${route.RouteKey}.`)
  }
  return (
    <Dialog title={`Attach integration to ${route.RouteKey}`} submit="Attach integration" close={close} disabled={!form.choice} act={attach}>
      <Choose
        label="Integration"
        description="An integration of this API, or a function for a new one."
        value={form.choice}
        set={(choice) => set({ choice })}
        choices={[...integrations.map((one) => ({ value: `id:${one.IntegrationId}`, label: describeTarget(one) ?? one.IntegrationId!, description: one.IntegrationId })), ...(known.value ?? []).map((one) => ({ value: `fn:${one.FunctionName}`, label: `New: Lambda function ${one.FunctionName}` }))]}
        loading={known.busy}
        filter
        empty="No functions and no integrations"
      />
      <Check label="Grant API Gateway permission to invoke the function" description="Adds a statement to the function's resource-based policy. Without it, calls end in AWS's 500." value={form.grant} set={(grant) => set({ grant })} />
      <Failure error={known.error} />
    </Dialog>
  )
}

function Authorize({ api, route, authorizers, close }: { api: string; route: Route; authorizers: Authorizer[]; close: (done: boolean) => void }) {
  const [form, set] = useForm({ choice: route.AuthorizerId ?? (route.AuthorizationType === 'AWS_IAM' ? 'AWS_IAM' : ''), scopes: route.AuthorizationScopes?.join(', ') ?? '' })
  const chosen = authorizers.find((one) => one.AuthorizerId === form.choice)
  return (
    <Dialog
      title={`Attach authorization to ${route.RouteKey}`}
      submit="Attach authorizer"
      close={close}
      disabled={!form.choice}
      act={async () => {
        await gateway.send(
          new UpdateRouteCommand({
            ApiId: api,
            RouteId: route.RouteId,
            AuthorizationType: form.choice === 'NONE' ? 'NONE' : form.choice === 'AWS_IAM' ? 'AWS_IAM' : chosen?.AuthorizerType === 'JWT' ? 'JWT' : 'CUSTOM',
            AuthorizerId: chosen?.AuthorizerId,
            AuthorizationScopes: chosen?.AuthorizerType === 'JWT' && form.scopes ? lines(form.scopes) : undefined,
          }),
        )
        say(`Successfully changed the authorization of ${route.RouteKey}.`)
      }}
    >
      <Choose
        label="Authorizer"
        value={form.choice}
        set={(choice) => set({ choice })}
        choices={[...authorizers.map((one) => ({ value: one.AuthorizerId!, label: `${one.Name} (${one.AuthorizerType})` })), { value: 'AWS_IAM', label: 'IAM (built-in)' }, { value: 'NONE', label: 'None: open to everyone' }]}
      />
      {chosen?.AuthorizerType === 'JWT' && <Text label="Authorization scopes" optional value={form.scopes} set={(scopes) => set({ scopes })} constraint="One of these must be in the token; comma separated." />}
      {authorizers.length === 0 && <Muted>Create a JWT authorizer in the tab Authorization first.</Muted>}
    </Dialog>
  )
}

function Authorizers({ api, authorizers, reload, busy }: Part) {
  const [form, set] = useForm({ open: false, name: '', source: '$request.header.Authorization', issuer: '', audience: '' })
  return (
    <>
      <List
        title="Authorizers"
        noun="authorizer"
        loaded={{ value: authorizers, error: undefined, busy, reload }}
        id={(one) => one.Name!}
        remove={(one) => gateway.send(new DeleteAuthorizerCommand({ ApiId: api.ApiId, AuthorizerId: one.AuthorizerId }))}
        filterable={false}
        empty="An authorizer checks who calls a route."
        actions={() => <Button variant="primary" onClick={() => set({ open: true })}>Create JWT authorizer</Button>}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => one.Name, value: (one) => one.Name, width: 160 },
          { id: 'type', header: 'Type', cell: (one) => one.AuthorizerType },
          { id: 'issuer', header: 'Issuer URL', cell: (one) => one.JwtConfiguration?.Issuer ?? functionOf(one.AuthorizerUri), width: 360 },
          { id: 'audience', header: 'Audience', cell: (one) => one.JwtConfiguration?.Audience?.join(', '), width: 240 },
          { id: 'source', header: 'Identity source', cell: (one) => one.IdentitySource?.join(', '), width: 240 },
        ]}
      />
      {form.open && (
        <Dialog
          title="Create JWT authorizer"
          submit="Create"
          close={(done) => { set({ open: false }); if (done) reload() }}
          act={async () => {
            await gateway.send(new CreateAuthorizerCommand({ ApiId: api.ApiId, Name: form.name, AuthorizerType: 'JWT', IdentitySource: [form.source], JwtConfiguration: { Issuer: form.issuer, Audience: lines(form.audience) } }))
            say(`Successfully created authorizer ${form.name}.`)
          }}
        >
          <Text label="Name" value={form.name} set={(name) => set({ name })} />
          <Text label="Identity source" value={form.source} set={(source) => set({ source })} />
          <Text label="Issuer URL" value={form.issuer} set={(issuer) => set({ issuer })} placeholder="https://cognito-idp.eu-west-2.amazonaws.com/<user pool id>" description="A user pool's page shows it." />
          <Lines label="Audience" value={form.audience} set={(audience) => set({ audience })} rows={2} description="App client ids, one a line." />
        </Dialog>
      )}
    </>
  )
}

const Integrations = ({ api, integrations, routes, reload, busy }: Part) => (
  <List
    title="Integrations"
    noun="integration"
    loaded={{ value: integrations, error: undefined, busy, reload }}
    id={(one) => one.IntegrationId!}
    remove={(one) => gateway.send(new DeleteIntegrationCommand({ ApiId: api.ApiId, IntegrationId: one.IntegrationId }))}
    columns={[
      { id: 'id', header: 'ID', cell: (one) => one.IntegrationId, value: (one) => one.IntegrationId },
      { id: 'target', header: 'Target', cell: (one) => (functionOf(one.IntegrationUri) ? <To href={to('lambda', functionOf(one.IntegrationUri)!)}>{describeTarget(one)}</To> : describeTarget(one)), value: describeTarget, width: 260 },
      { id: 'type', header: 'Type', cell: (one) => one.IntegrationType },
      { id: 'format', header: 'Payload format', cell: (one) => one.PayloadFormatVersion },
      { id: 'timeout', header: 'Timeout', cell: (one) => `${one.TimeoutInMillis} ms` },
      { id: 'routes', header: 'Routes', cell: (one) => routes.filter((route) => route.Target === `integrations/${one.IntegrationId}`).map((route) => route.RouteKey).join(', ') || 'None', width: 200 },
    ]}
  />
)

function Cors({ api, reload }: Whole & { reload: () => void }) {
  const cors = api.CorsConfiguration
  const [editing, setEditing] = useState(false)
  const [form, set] = useForm({ origins: '', headers: '', methods: '', expose: '', age: '0', credentials: false })
  const { busy, error, run } = useAct()
  const edit = () => {
    set({ origins: cors?.AllowOrigins?.join('\n') ?? '', headers: cors?.AllowHeaders?.join('\n') ?? '', methods: cors?.AllowMethods?.join('\n') ?? '', expose: cors?.ExposeHeaders?.join('\n') ?? '', age: String(cors?.MaxAge ?? 0), credentials: cors?.AllowCredentials ?? false })
    setEditing(true)
  }
  const some = (text: string) => (lines(text).length ? lines(text) : undefined)
  return (
    <Section
      title="Cross-Origin Resource Sharing"
      description="Which pages of other origins may read the API's answers in a browser."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!cors} loading={busy} onClick={() => void run(() => gateway.send(new DeleteCorsConfigurationCommand({ ApiId: api.ApiId }))).then(reload)}>Clear</Button>
          <Button onClick={edit}>Configure</Button>
        </SpaceBetween>
      }
    >
      <Failure error={error} />
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Access-Control-Allow-Origin', value: cors?.AllowOrigins?.join(', ') || '–' },
          { label: 'Access-Control-Allow-Headers', value: cors?.AllowHeaders?.join(', ') || '–' },
          { label: 'Access-Control-Allow-Methods', value: cors?.AllowMethods?.join(', ') || '–' },
          { label: 'Access-Control-Expose-Headers', value: cors?.ExposeHeaders?.join(', ') || '–' },
          { label: 'Access-Control-Max-Age', value: cors?.MaxAge ? `${cors.MaxAge} seconds` : '0' },
          { label: 'Access-Control-Allow-Credentials', value: cors?.AllowCredentials ? 'Yes' : 'No' },
        ]}
      />
      {editing && (
        <Dialog
          title="Configure CORS"
          submit="Save"
          close={(done) => { setEditing(false); if (done) reload() }}
          act={async () => {
            await gateway.send(new UpdateApiCommand({ ApiId: api.ApiId, CorsConfiguration: { AllowOrigins: some(form.origins), AllowHeaders: some(form.headers), AllowMethods: some(form.methods), ExposeHeaders: some(form.expose), MaxAge: Number(form.age), AllowCredentials: form.credentials } }))
            say('Successfully configured CORS.')
          }}
        >
          <Lines label="Access-Control-Allow-Origin" value={form.origins} set={(origins) => set({ origins })} rows={2} placeholder="https://d1234.cloudfront.net" description="One a line." />
          <Lines label="Access-Control-Allow-Headers" value={form.headers} set={(headers) => set({ headers })} rows={2} placeholder="authorization" />
          <Lines label="Access-Control-Allow-Methods" value={form.methods} set={(methods) => set({ methods })} rows={2} placeholder="GET or *" />
          <Lines label="Access-Control-Expose-Headers" value={form.expose} set={(expose) => set({ expose })} rows={1} />
          <Text label="Access-Control-Max-Age (seconds)" type="number" value={form.age} set={(age) => set({ age })} />
          <Check label="Access-Control-Allow-Credentials" value={form.credentials} set={(credentials) => set({ credentials })} />
        </Dialog>
      )}
    </Section>
  )
}

function Stages({ api, stages, reload, busy }: Part) {
  const [form, set] = useForm({ open: false, name: '', deploy: true })
  return (
    <>
      <List
        title="Stages"
        noun="stage"
        loaded={{ value: stages, error: undefined, busy, reload }}
        id={(one) => one.StageName!}
        remove={(one) => gateway.send(new DeleteStageCommand({ ApiId: api.ApiId, StageName: one.StageName }))}
        filterable={false}
        actions={() => <Button variant="primary" onClick={() => set({ open: true })}>Create stage</Button>}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => one.StageName, value: (one) => one.StageName },
          { id: 'url', header: 'Invoke URL here', cell: (one) => <Out href={local(api.ApiEndpoint ?? '') + (one.StageName === '$default' ? '' : `/${one.StageName}`)} />, width: 420 },
          { id: 'deploy', header: 'Auto-deploy', cell: (one) => (one.AutoDeploy ? 'Enabled' : 'Disabled') },
          { id: 'log', header: 'Access log', cell: (one) => (one.AccessLogSettings?.DestinationArn ? nameOf(one.AccessLogSettings.DestinationArn) : '–') },
          { id: 'updated', header: 'Last updated', cell: (one) => when(one.LastUpdatedDate), width: 170 },
        ]}
      />
      {form.open && (
        <Dialog title="Create stage" submit="Create" close={(done) => { set({ open: false }); if (done) reload() }} act={() => gateway.send(new CreateStageCommand({ ApiId: api.ApiId, StageName: form.name, AutoDeploy: form.deploy }))}>
          <Text label="Name" value={form.name} set={(name) => set({ name })} />
          <Check label="Auto-deploy" value={form.deploy} set={(deploy) => set({ deploy })} />
        </Dialog>
      )}
    </>
  )
}

import {
  CloudFrontClient, CreateDistributionCommand, CreateInvalidationCommand, CreateOriginAccessControlCommand, DeleteDistributionCommand, GetDistributionCommand, ListDistributionsCommand, ListInvalidationsCommand, UpdateDistributionCommand,
  type CacheBehavior, type CustomErrorResponse, type DefaultCacheBehavior, type Distribution, type DistributionConfig, type DistributionSummary, type GetDistributionResult, type Origin,
} from '@aws-sdk/client-cloudfront'
import { useEffect, useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { Check, Choose, Copy, lines, Lines, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useLoad } from '../kit/load'
import { Failure } from '../kit/failure'
import { say } from '../kit/notes'
import type { Trail } from '../kit/galley'
import { useRequests } from '../kit/requests'
import { Create, Detail, Section, useTitle } from '../kit/page'
import { Out, setQuery, To, to, usePlace } from '../kit/route'
import { local, session } from '../kit/session'
import { Button, FormField, KeyValuePairs, RadioGroup, SpaceBetween, StatusIndicator, Tabs } from '../ui'
import { buckets } from './s3'

const cloudfront = recorded(new CloudFrontClient(config), 'cloudfront')

export default function CloudFront({ parts: [id] }: { parts: string[] }) {
  return id === undefined ? <Distributions /> : id === 'create' ? <CreateDistribution /> : <OneDistribution id={id} key={id} />
}

export const distributions = () =>
  all<DistributionSummary, string>(async (Marker) => {
    const page = (await cloudfront.send(new ListDistributionsCommand({ Marker }))).DistributionList
    return [page?.Items, page?.IsTruncated ? page.NextMarker : undefined]
  })

const Status = ({ of }: { of: string | undefined }) => <StatusIndicator type={of === 'Deployed' ? 'success' : 'in-progress'}>{of === 'InProgress' ? 'Deploying' : (of ?? '–')}</StatusIndicator>

async function disableAndDelete(id: string) {
  const now = await cloudfront.send(new GetDistributionCommand({ Id: id }))
  let etag = now.ETag
  if (now.Distribution!.DistributionConfig!.Enabled) etag = (await cloudfront.send(new UpdateDistributionCommand({ Id: id, IfMatch: etag, DistributionConfig: { ...now.Distribution!.DistributionConfig!, Enabled: false } }))).ETag
  for (let turn = 0; turn < 60 && (await cloudfront.send(new GetDistributionCommand({ Id: id }))).Distribution!.Status !== 'Deployed'; turn++) await new Promise((go) => setTimeout(go, 500))
  await cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch: etag }))
}

function Distributions() {
  useTitle('Distributions')
  return (
    <List
      title="Distributions"
      noun="distribution"
      variant="full-page"
      loaded={useLoad(distributions)}
      id={(one) => one.Id!}
      create="/cloudfront/create"
      remove={(one) => disableAndDelete(one.Id!)}
      removeWarning="The distribution is disabled first, as AWS demands."
      empty="A distribution serves your site from the edge."
      columns={[
        { id: 'id', header: 'ID', cell: (one) => <To href={to('cloudfront', one.Id!)}>{one.Id}</To>, value: (one) => one.Id, width: 170 },
        { id: 'description', header: 'Description', cell: (one) => one.Comment || '–', value: (one) => one.Comment },
        { id: 'domain', header: 'Domain name', cell: (one) => one.DomainName, value: (one) => one.DomainName, width: 240 },
        { id: 'here', header: 'Here', cell: (one) => <Out href={local(`https://${one.DomainName}`)}>Open</Out> },
        { id: 'origins', header: 'Origins', cell: (one) => one.Origins?.Items?.map((each) => each.DomainName).join(', '), value: (one) => one.Origins?.Items?.map((each) => each.DomainName).join(' '), width: 300 },
        { id: 'status', header: 'Status', cell: (one) => <Status of={one.Status} />, value: (one) => one.Status },
        { id: 'enabled', header: 'State', cell: (one) => (one.Enabled ? 'Enabled' : 'Disabled') },
      ]}
    />
  )
}

const cachePolicies = [
  { value: '658327ea-f89d-4fab-a63d-7e88639e58f6', label: 'CachingOptimized' },
  { value: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', label: 'CachingDisabled' },
]

const viewers = [
  { value: 'redirect-to-https', label: 'Redirect HTTP to HTTPS' },
  { value: 'allow-all', label: 'HTTP and HTTPS' },
  { value: 'https-only', label: 'HTTPS only' },
]

const methodSets = [
  { value: 'GET HEAD', label: 'GET, HEAD' },
  { value: 'GET HEAD OPTIONS', label: 'GET, HEAD, OPTIONS' },
  { value: 'GET HEAD OPTIONS PUT POST PATCH DELETE', label: 'GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE' },
]

interface BehaviorForm {
  viewer: string
  methods: string
  cache: string
}

const behavior = (origin: string, form: BehaviorForm): DefaultCacheBehavior => ({
  TargetOriginId: origin,
  ViewerProtocolPolicy: form.viewer as 'allow-all',
  AllowedMethods: { Quantity: form.methods.split(' ').length, Items: form.methods.split(' ') as ['GET'], CachedMethods: { Quantity: 2, Items: ['GET', 'HEAD'] } },
  CachePolicyId: form.cache,
  Compress: true,
})

const isBucket = (domain: string) => /\.s3[.-].*amazonaws\.com$|\.s3\.amazonaws\.com$/.test(domain) && !domain.includes('s3-website')

function originOf(domain: string, oac: string | undefined): Origin {
  return {
    Id: domain,
    DomainName: domain,
    ...(isBucket(domain)
      ? { S3OriginConfig: { OriginAccessIdentity: '' }, OriginAccessControlId: oac }
      : { CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: domain.includes('s3-website') ? 'http-only' : 'https-only' } }),
  }
}

function CreateDistribution() {
  const [form, set] = useForm({ origin: '', other: '', access: 'public', root: 'index.html', spa: false, comment: '', viewer: 'redirect-to-https', methods: 'GET HEAD OPTIONS', cache: cachePolicies[0]!.value })
  const known = useLoad(async () => {
    const { region } = await session()
    return (await buckets()).map((one) => ({ value: `${one.Name}.s3.${one.BucketRegion ?? region}.amazonaws.com`, label: `${one.Name}.s3.${one.BucketRegion ?? region}.amazonaws.com` }))
  })
  const domain = form.origin === 'other' ? form.other : form.origin
  const act = async () => {
    const oac = form.access === 'oac' && isBucket(domain) ? (await cloudfront.send(new CreateOriginAccessControlCommand({ OriginAccessControlConfig: { Name: `${domain}-${Date.now().toString(36)}`.slice(-64), OriginAccessControlOriginType: 's3', SigningBehavior: 'always', SigningProtocol: 'sigv4' } }))).OriginAccessControl!.Id : undefined
    const errors: CustomErrorResponse[] = form.spa ? [403, 404].map((ErrorCode) => ({ ErrorCode, ResponsePagePath: `/${form.root || 'index.html'}`, ResponseCode: '200', ErrorCachingMinTTL: 10 })) : []
    const made = await cloudfront.send(
      new CreateDistributionCommand({
        DistributionConfig: {
          CallerReference: crypto.randomUUID(),
          Comment: form.comment,
          Enabled: true,
          DefaultRootObject: form.root,
          Origins: { Quantity: 1, Items: [originOf(domain, oac)] },
          DefaultCacheBehavior: behavior(domain, form),
          CustomErrorResponses: { Quantity: errors.length, Items: errors.length ? errors : undefined },
        },
      }),
    )
    say(oac ? 'Successfully created new distribution. The bucket’s policy must now let it read: the distribution’s page has the policy.' : 'Successfully created new distribution.')
    return to('cloudfront', made.Distribution!.Id!)
  }
  return (
    <Create title="Create distribution" submit="Create distribution" cancel="/cloudfront" act={act} disabled={!domain}>
      <Section title="Origin" description="Where the content comes from.">
        <Choose label="Origin domain" value={form.origin} set={(origin) => set({ origin })} choices={[...(known.value ?? []), { value: 'other', label: 'Another domain: an API, a website endpoint' }]} loading={known.busy} placeholder="Choose origin domain" filter />
        {form.origin === 'other' && <Text label="Domain" value={form.other} set={(other) => set({ other })} placeholder="abcdefghij.execute-api.eu-west-2.amazonaws.com" />}
        {isBucket(domain) && (
          <FormField label="Origin access">
            <RadioGroup
              value={form.access}
              onChange={({ detail }) => set({ access: detail.value })}
              items={[
                { value: 'public', label: 'Public', description: 'The bucket must allow public access.' },
                { value: 'oac', label: 'Origin access control settings (recommended)', description: 'The bucket stays private; only this distribution reads it.' },
              ]}
            />
          </FormField>
        )}
        <Failure error={known.error} />
      </Section>
      <Section title="Default cache behavior">
        <Choose label="Viewer protocol policy" value={form.viewer} set={(viewer) => set({ viewer })} choices={viewers} />
        <Choose label="Allowed HTTP methods" value={form.methods} set={(methods) => set({ methods })} choices={methodSets} />
        <Choose label="Cache policy" value={form.cache} set={(cache) => set({ cache })} choices={cachePolicies} />
      </Section>
      <Section title="Settings">
        <Text label="Default root object" optional value={form.root} set={(root) => set({ root })} placeholder="index.html" />
        <Check label="Single-page app" description="Paths that are not in the origin answer with the root object: custom error responses for 403 and 404." value={form.spa} set={(spa) => set({ spa })} />
        <Text label="Description" optional value={form.comment} set={(comment) => set({ comment })} />
      </Section>
    </Create>
  )
}

interface Shown {
  distribution: Distribution
  config: DistributionConfig
  etag: string
}

function OneDistribution({ id }: { id: string }) {
  const loaded = useLoad(async (): Promise<Shown> => {
    const got: GetDistributionResult = await cloudfront.send(new GetDistributionCommand({ Id: id }))
    return { distribution: got.Distribution!, config: got.Distribution!.DistributionConfig!, etag: got.ETag! }
  })
  const tab = usePlace().query.get('tab') ?? 'general'
  useEffect(() => {
    if (loaded.value?.distribution.Status !== 'InProgress') return
    const timer = setTimeout(loaded.reload, 1500)
    return () => clearTimeout(timer)
  }, [loaded.value])
  const save = async (change: Partial<DistributionConfig>) => {
    await cloudfront.send(new UpdateDistributionCommand({ Id: id, IfMatch: loaded.value!.etag, DistributionConfig: { ...loaded.value!.config, ...change } }))
    say('Successfully updated the distribution.')
  }
  return (
    <Detail title={id} loaded={loaded} description={loaded.value?.config.Comment} audit={{ type: 'AWS::CloudFront::Distribution', id, noun: 'distribution' }}>
      {(value) => (
        <Tabs
          activeTabId={tab}
          onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
          tabs={[
            { id: 'general', label: 'General', content: <General {...value} save={save} reload={loaded.reload} /> },
            { id: 'origins', label: 'Origins', content: <Origins {...value} save={save} reload={loaded.reload} /> },
            { id: 'behaviors', label: 'Behaviors', content: <Behaviors {...value} save={save} reload={loaded.reload} /> },
            { id: 'errors', label: 'Error pages', content: <ErrorPages {...value} save={save} reload={loaded.reload} /> },
            { id: 'invalidations', label: 'Invalidations', content: <Invalidations id={id} /> },
            { id: 'cache', label: 'Cache', content: <Lookups domain={value.distribution.DomainName!} /> },
          ]}
        />
      )}
    </Detail>
  )
}

type Part = Shown & { save: (change: Partial<DistributionConfig>) => Promise<void>; reload: () => void }

function General({ distribution, config, save, reload }: Part) {
  const [form, set] = useForm({ open: false, comment: '', root: '', enabled: true })
  const close = (done: boolean) => {
    set({ open: false })
    if (done) reload()
  }
  const oac = config.Origins?.Items?.find((one) => one.OriginAccessControlId)
  const bucket = oac?.DomainName?.split('.s3')[0]
  return (
    <SpaceBetween size="l">
      <Section title="Details">
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Distribution domain name', value: <Copy text={distribution.DomainName} /> },
            { label: 'Here', value: <Out href={local(`https://${distribution.DomainName}`)} /> },
            { label: 'ARN', value: <Copy text={distribution.ARN} /> },
            { label: 'Status', value: <Status of={distribution.Status} /> },
            { label: 'Last modified', value: when(distribution.LastModifiedTime) },
          ]}
        />
      </Section>
      <Section title="Settings" actions={<Button onClick={() => set({ open: true, comment: config.Comment ?? '', root: config.DefaultRootObject ?? '', enabled: config.Enabled ?? true })}>Edit</Button>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Description', value: config.Comment || '–' },
            { label: 'Default root object', value: config.DefaultRootObject || '–' },
            { label: 'State', value: config.Enabled ? 'Enabled' : 'Disabled' },
            { label: 'Price class', value: config.PriceClass ?? '–' },
            { label: 'Alternate domain names', value: config.Aliases?.Items?.join(', ') || '–' },
            { label: 'HTTP versions', value: config.HttpVersion ?? '–' },
          ]}
        />
      </Section>
      {bucket && (
        <Section title="Policy for the origin's bucket" description="Lets this distribution, and nobody else, read the bucket. Put it at the bucket’s Permissions.">
          <Copy text={JSON.stringify({ Version: '2012-10-17', Statement: [{ Sid: 'AllowCloudFrontServicePrincipal', Effect: 'Allow', Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*`, Condition: { StringEquals: { 'AWS:SourceArn': distribution.ARN } } }] })} />
          <To href={`${to('s3', bucket)}?tab=permissions`}>Open the bucket’s permissions</To>
        </Section>
      )}
      {form.open && (
        <Dialog title="Edit settings" submit="Save changes" close={close} act={() => save({ Comment: form.comment, DefaultRootObject: form.root, Enabled: form.enabled })}>
          <Text label="Description" optional value={form.comment} set={(comment) => set({ comment })} />
          <Text label="Default root object" optional value={form.root} set={(root) => set({ root })} />
          <Check label="Enabled" value={form.enabled} set={(enabled) => set({ enabled })} />
        </Dialog>
      )}
    </SpaceBetween>
  )
}

function Origins({ config, save, reload }: Part) {
  const [form, set] = useForm({ open: false, domain: '', path: '' })
  const items = config.Origins?.Items ?? []
  return (
    <>
      <List
        title="Origins"
        noun="origin"
        loaded={{ value: items, error: undefined, busy: false, reload }}
        id={(one) => one.Id!}
        filterable={false}
        remove={(one) => save({ Origins: { Quantity: items.length - 1, Items: items.filter((other) => other !== one) } })}
        actions={() => <Button variant="primary" onClick={() => set({ open: true, domain: '', path: '' })}>Create origin</Button>}
        columns={[
          { id: 'id', header: 'Origin name', cell: (one) => one.Id, value: (one) => one.Id, width: 260 },
          { id: 'domain', header: 'Origin domain', cell: (one) => one.DomainName, width: 320 },
          { id: 'path', header: 'Origin path', cell: (one) => one.OriginPath || '–' },
          { id: 'type', header: 'Origin type', cell: (one) => (one.S3OriginConfig ? 'S3' : 'Custom') },
          { id: 'access', header: 'Origin access', cell: (one) => one.OriginAccessControlId || (one.S3OriginConfig?.OriginAccessIdentity ? one.S3OriginConfig.OriginAccessIdentity : 'Public'), width: 160 },
        ]}
      />
      {form.open && (
        <Dialog
          title="Create origin"
          submit="Create origin"
          disabled={!form.domain}
          close={(done) => { set({ open: false }); if (done) reload() }}
          act={() => save({ Origins: { Quantity: items.length + 1, Items: [...items, { ...originOf(form.domain, undefined), OriginPath: form.path }] } })}
        >
          <Text label="Origin domain" value={form.domain} set={(domain) => set({ domain })} placeholder="abcdefghij.execute-api.eu-west-2.amazonaws.com" />
          <Text label="Origin path" optional value={form.path} set={(path) => set({ path })} placeholder="/v1" />
        </Dialog>
      )}
    </>
  )
}

type AnyBehavior = CacheBehavior & { isDefault?: boolean }

function Behaviors({ config, save, reload }: Part) {
  const [form, set] = useForm({ open: false, editing: undefined as AnyBehavior | undefined, path: '', origin: '', viewer: 'redirect-to-https', methods: 'GET HEAD', cache: cachePolicies[0]!.value })
  const others = config.CacheBehaviors?.Items ?? []
  const items: AnyBehavior[] = [...others, { ...config.DefaultCacheBehavior!, PathPattern: 'Default (*)', isDefault: true }]
  const open = (one?: AnyBehavior) =>
    set({
      open: true,
      editing: one,
      path: one?.PathPattern ?? '',
      origin: one?.TargetOriginId ?? config.Origins?.Items?.[0]?.Id ?? '',
      viewer: one?.ViewerProtocolPolicy ?? 'redirect-to-https',
      methods: methodSets.find((set) => set.value.split(' ').length === one?.AllowedMethods?.Quantity)?.value ?? 'GET HEAD',
      cache: one?.CachePolicyId ?? cachePolicies[0]!.value,
    })
  const act = () => {
    const made = { ...form.editing, ...behavior(form.origin, form), ...(form.cache === '' && { CachePolicyId: undefined }) }
    if (form.editing?.isDefault) {
      const { PathPattern: _, isDefault: __, ...rest } = made as AnyBehavior
      return save({ DefaultCacheBehavior: rest })
    }
    const one = { ...made, PathPattern: form.path } as CacheBehavior
    const next = form.editing ? others.map((other) => (other === form.editing ? one : other)) : [...others, one]
    return save({ CacheBehaviors: { Quantity: next.length, Items: next } })
  }
  return (
    <>
      <List
        title="Behaviors"
        noun="behavior"
        loaded={{ value: items, error: undefined, busy: false, reload }}
        id={(one) => one.PathPattern!}
        filterable={false}
        remove={async (one) => {
          if (one.isDefault) throw Object.assign(new Error('The default behavior cannot be deleted.'), { name: 'InvalidArgument' })
          const next = others.filter((other) => other.PathPattern !== one.PathPattern)
          await save({ CacheBehaviors: { Quantity: next.length, Items: next } })
        }}
        actions={(chosen) => (
          <>
            <Button disabled={chosen.length !== 1} onClick={() => open(chosen[0])}>Edit</Button>
            <Button variant="primary" onClick={() => open()}>Create behavior</Button>
          </>
        )}
        columns={[
          { id: 'path', header: 'Path pattern', cell: (one) => one.PathPattern, value: (one) => one.PathPattern, width: 160 },
          { id: 'origin', header: 'Origin', cell: (one) => one.TargetOriginId, width: 280 },
          { id: 'viewer', header: 'Viewer protocol policy', cell: (one) => viewers.find((each) => each.value === one.ViewerProtocolPolicy)?.label ?? one.ViewerProtocolPolicy, width: 200 },
          { id: 'methods', header: 'Methods', cell: (one) => one.AllowedMethods?.Items?.join(', '), width: 200 },
          { id: 'cache', header: 'Cache policy', cell: (one) => cachePolicies.find((each) => each.value === one.CachePolicyId)?.label ?? one.CachePolicyId ?? 'Legacy settings', width: 160 },
        ]}
      />
      {form.open && (
        <Dialog title={form.editing ? 'Edit behavior' : 'Create behavior'} submit="Save changes" close={(done) => { set({ open: false }); if (done) reload() }} act={act}>
          {!form.editing?.isDefault && <Text label="Path pattern" value={form.path} set={(path) => set({ path })} placeholder="/api/*" />}
          <Choose label="Origin" value={form.origin} set={(origin) => set({ origin })} choices={(config.Origins?.Items ?? []).map((one) => ({ value: one.Id! }))} />
          <Choose label="Viewer protocol policy" value={form.viewer} set={(viewer) => set({ viewer })} choices={viewers} />
          <Choose label="Allowed HTTP methods" value={form.methods} set={(methods) => set({ methods })} choices={methodSets} />
          <Choose label="Cache policy" value={form.cache} set={(cache) => set({ cache })} choices={cachePolicies} />
        </Dialog>
      )}
    </>
  )
}

const codes = ['400', '403', '404', '405', '414', '500', '501', '502', '503', '504'].map((value) => ({ value }))

function ErrorPages({ config, save, reload }: Part) {
  const [form, set] = useForm({ open: false, code: '403', path: '/index.html', response: '200', ttl: '10' })
  const items = config.CustomErrorResponses?.Items ?? []
  return (
    <>
      <List
        title="Error pages"
        noun="error page"
        loaded={{ value: items, error: undefined, busy: false, reload }}
        id={(one) => String(one.ErrorCode)}
        filterable={false}
        empty="A single-page app needs its index.html for paths that the origin does not have."
        remove={(one) => { const next = items.filter((other) => other.ErrorCode !== one.ErrorCode); return save({ CustomErrorResponses: { Quantity: next.length, Items: next } }) }}
        actions={() => <Button variant="primary" onClick={() => set({ open: true })}>Create custom error response</Button>}
        columns={[
          { id: 'code', header: 'HTTP error code', cell: (one) => one.ErrorCode, value: (one) => one.ErrorCode },
          { id: 'path', header: 'Response page path', cell: (one) => one.ResponsePagePath || '–', width: 200 },
          { id: 'response', header: 'HTTP response code', cell: (one) => one.ResponseCode || '–' },
          { id: 'ttl', header: 'Error caching minimum TTL', cell: (one) => `${one.ErrorCachingMinTTL ?? 10} s` },
        ]}
      />
      {form.open && (
        <Dialog
          title="Create custom error response"
          submit="Create custom error response"
          close={(done) => { set({ open: false }); if (done) reload() }}
          act={() => {
            const next = [...items, { ErrorCode: Number(form.code), ResponsePagePath: form.path, ResponseCode: form.response, ErrorCachingMinTTL: Number(form.ttl) }]
            return save({ CustomErrorResponses: { Quantity: next.length, Items: next } })
          }}
        >
          <Choose label="HTTP error code" value={form.code} set={(code) => set({ code })} choices={codes} />
          <Text label="Response page path" value={form.path} set={(path) => set({ path })} />
          <Choose label="HTTP response code" value={form.response} set={(response) => set({ response })} choices={[{ value: '200', label: '200: OK' }, ...codes]} />
          <Text label="Error caching minimum TTL (seconds)" type="number" value={form.ttl} set={(ttl) => set({ ttl })} />
        </Dialog>
      )}
    </>
  )
}

/** The last requests to the distribution: from the cache or not, and why. */
function Lookups({ domain }: { domain: string }) {
  const { requests, error } = useRequests(true)
  const own = requests.filter((one) => one.request.includes(` ${domain.split('.')[0]}.cloudfront.`))
  const cacheOf = (one: Trail) => one.steps.find((step) => step.check === 'cache')?.why
  const kindOf = (one: Trail) => cacheOf(one)?.split(' from cloudfront')[0] ?? '–'
  return (
    <List
      title="Cache look-ups"
      noun="request"
      description="The last requests to this distribution: what the edge answered from its cache, what it fetched, and why."
      loaded={{ value: own, error, busy: false, reload: () => undefined }}
      id={(one) => one.requestId}
      empty="Open the site, and its requests appear here."
      columns={[
        { id: 'time', header: 'Time', cell: (one) => when(one.time), value: (one) => one.time, width: 170 },
        { id: 'path', header: 'Request', cell: (one) => <To href={`/requests?id=${encodeURIComponent(one.requestId)}`}>{one.request.replace(/ [^/]*/, ' ')}</To>, value: (one) => one.request, width: 240 },
        { id: 'status', header: 'Status', cell: (one) => one.status, value: (one) => one.status },
        { id: 'cache', header: 'X-Cache', cell: (one) => <StatusIndicator type={kindOf(one) === 'Hit' ? 'success' : kindOf(one).startsWith('Error') ? 'error' : 'info'}>{kindOf(one)}</StatusIndicator>, value: kindOf, width: 140 },
        { id: 'why', header: 'Why', cell: (one) => cacheOf(one)?.split('cloudfront')[1]?.trim() || '–', width: 320 },
        { id: 'took', header: 'Took', cell: (one) => `${one.milliseconds.toFixed(1)} ms`, value: (one) => one.milliseconds },
      ]}
    />
  )
}

function Invalidations({ id }: { id: string }) {
  const loaded = useLoad(async () => (await cloudfront.send(new ListInvalidationsCommand({ DistributionId: id }))).InvalidationList?.Items ?? [])
  const [open, setOpen] = useState(false)
  const [paths, setPaths] = useState('/*')
  return (
    <>
      <List
        title="Invalidations"
        noun="invalidation"
        loaded={loaded}
        id={(one) => one.Id!}
        filterable={false}
        empty="An invalidation makes the edge fetch again what it has cached."
        actions={() => <Button variant="primary" onClick={() => setOpen(true)}>Create invalidation</Button>}
        columns={[
          { id: 'id', header: 'Invalidation ID', cell: (one) => one.Id, value: (one) => one.Id, width: 200 },
          { id: 'status', header: 'Status', cell: (one) => <StatusIndicator type={one.Status === 'Completed' ? 'success' : 'in-progress'}>{one.Status}</StatusIndicator> },
          { id: 'time', header: 'Date and time', cell: (one) => when(one.CreateTime), width: 180 },
        ]}
      />
      {open && (
        <Dialog
          title="Create invalidation"
          submit="Create invalidation"
          close={(done) => { setOpen(false); if (done) loaded.reload() }}
          act={async () => {
            const items = lines(paths)
            await cloudfront.send(new CreateInvalidationCommand({ DistributionId: id, InvalidationBatch: { CallerReference: crypto.randomUUID(), Paths: { Quantity: items.length, Items: items } } }))
            say('Successfully created the invalidation.')
          }}
        >
          <Lines label="Object paths" value={paths} set={setPaths} rows={4} description="One a line; * at the end stands for all that follows." />
        </Dialog>
      )}
    </>
  )
}

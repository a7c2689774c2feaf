import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { GetRolePolicyCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam'
import { useState } from 'react'
import { config, recorded } from '../kit/aws'
import { Failure } from '../kit/failure'
import { nameOf } from '../kit/fields'
import { useLoad } from '../kit/load'
import { Section, useTitle, Waiting } from '../kit/page'
import { iam } from '../kit/role'
import { useRequests } from '../kit/requests'
import { follow, go, Out, To, to } from '../kit/route'
import { local, session } from '../kit/session'
import type { Trail } from '../kit/galley'
import { Box, Button, ColumnLayout, ContentLayout, Header, Link, SpaceBetween, StatusIndicator } from '../ui'
import { apis, authorizersOf, integrationsOf, routesOf } from './apis'
import { distributions } from './cloudfront'
import { poolOf, pools } from './cognito'
import { functions } from './lambda'
import { buckets } from './s3'

const dynamodb = recorded(new DynamoDBClient(config), 'dynamodb')

interface Node {
  id: string
  kind: 'browser' | 'CloudFront' | 'User pool' | 'Bucket' | 'HTTP API' | 'Function' | 'Table'
  name: string
  detail: string
  href?: string
  url?: string
  healthy: boolean
  column: number
  /** Whether a request is this box's. */
  counts?: (one: Trail) => boolean
}

interface Picture {
  nodes: Node[]
  edges: { from: string; to: string; label?: string }[]
}

const shownMost = 8
const regionless = /\.s3[.-].*$|\.s3\.amazonaws\.com$/

/** What is deployed, as boxes and arrows. */
async function look(): Promise<Picture> {
  const { region } = await session()
  const [sites, everyApi, everyFunction, everyPool, everyBucket, tables] = await Promise.all([distributions(), apis(), functions(), pools(), buckets(), dynamodb.send(new ListTablesCommand({ Limit: shownMost + 1 }))])
  const nodes: Node[] = []
  const edges: Picture['edges'] = []
  for (const one of sites.slice(0, shownMost)) {
    const id = `cf/${one.Id}`
    nodes.push({ id, kind: 'CloudFront', name: one.DomainName!, detail: one.Comment || one.Id!, href: to('cloudfront', one.Id!), url: local(`https://${one.DomainName}`), healthy: one.Status === 'Deployed' && !!one.Enabled, column: 1, counts: (trail) => trail.request.includes(` ${one.DomainName!.split('.')[0]}.cloudfront.`) })
    edges.push({ from: 'browser', to: id })
    for (const origin of one.Origins?.Items ?? []) {
      const bucket = origin.DomainName!.replace(regionless, '')
      if (everyBucket.some((each) => each.Name === bucket)) edges.push({ from: id, to: `s3/${bucket}` })
      const api = /^([a-z0-9]+)\.execute-api\./.exec(origin.DomainName!)?.[1]
      if (api) edges.push({ from: id, to: `api/${api}` })
    }
  }
  for (const one of everyBucket.slice(0, shownMost)) nodes.push({ id: `s3/${one.Name}`, kind: 'Bucket', name: one.Name!, detail: one.BucketRegion ?? region, href: to('s3', one.Name!), healthy: true, column: 2, counts: (trail) => trail.request.includes(` ${one.Name}.s3`) })
  for (const one of everyPool.slice(0, shownMost)) {
    const pool = await poolOf(one.Id!)
    const host = pool.Domain && `https://${pool.Domain}.auth.${region}.amazoncognito.com`
    nodes.push({ id: `pool/${one.Id}`, kind: 'User pool', name: one.Name!, detail: `${pool.EstimatedNumberOfUsers ?? 0} users`, href: to('cognito', one.Id!), url: host && local(host), healthy: true, column: 1, counts: (trail) => !!pool.Domain && trail.request.includes(` ${pool.Domain}.auth.`) })
    if (pool.Domain) edges.push({ from: 'browser', to: `pool/${one.Id}`, label: 'signs in' })
  }
  for (const one of everyApi.slice(0, shownMost)) {
    const id = `api/${one.ApiId}`
    const [routes, integrations, authorizers] = await Promise.all([routesOf(one.ApiId!), integrationsOf(one.ApiId!), authorizersOf(one.ApiId!)])
    nodes.push({ id, kind: 'HTTP API', name: one.Name!, detail: `${routes.length} ${routes.length === 1 ? 'route' : 'routes'}${authorizers.length ? `, ${authorizers.map((each) => each.AuthorizerType).join(', ')}` : ''}`, href: to('apis', one.ApiId!), url: local(one.ApiEndpoint ?? ''), healthy: routes.every((route) => route.Target), column: 2, counts: (trail) => trail.request.includes(` ${one.ApiId}.execute-api.`) })
    if (!edges.some((edge) => edge.to === id)) edges.push({ from: 'browser', to: id })
    for (const fn of new Set(integrations.map((each) => /:function:([^/:]+)/.exec(each.IntegrationUri ?? '')?.[1]).filter(Boolean))) edges.push({ from: id, to: `fn/${fn}` })
    for (const authorizer of authorizers) {
      const pool = authorizer.JwtConfiguration?.Issuer && nameOf(authorizer.JwtConfiguration.Issuer)
      if (pool && everyPool.some((each) => each.Id === pool)) edges.push({ from: id, to: `pool/${pool}`, label: 'checks tokens' })
    }
  }
  const names = tables.TableNames ?? []
  for (const name of names.slice(0, shownMost)) {
    const table = (await dynamodb.send(new DescribeTableCommand({ TableName: name }))).Table!
    nodes.push({ id: `table/${name}`, kind: 'Table', name, detail: `${table.ItemCount ?? 0} items`, href: to('dynamodb', name), healthy: table.TableStatus === 'ACTIVE', column: 4, counts: (trail) => trail.service.startsWith('dynamodb ') && trail.steps.some((step) => step.why.includes(`:table/${name}`)) })
  }
  for (const one of everyFunction.slice(0, shownMost)) {
    const name = one.FunctionName!
    nodes.push({ id: `fn/${name}`, kind: 'Function', name, detail: one.Runtime ?? one.PackageType ?? '', href: to('lambda', name), healthy: one.State !== 'Failed', column: 3, counts: (trail) => trail.steps.some((step) => step.check === 'function' && step.why.includes(`:function:${name}`)) })
    for (const table of await tablesOf(one.Role, Object.values(one.Environment?.Variables ?? {}), names)) edges.push({ from: `fn/${name}`, to: `table/${table}` })
  }
  if (nodes.length) nodes.unshift({ id: 'browser', kind: 'browser', name: 'Browser', detail: 'whoever uses the app', healthy: true, column: 0 })
  return { nodes, edges: edges.filter((edge) => nodes.some((node) => node.id === edge.from) && nodes.some((node) => node.id === edge.to)) }
}

/** The tables that a function's environment names; without any, those that its role's own policies let it use. */
async function tablesOf(role: string | undefined, values: string[], names: string[]): Promise<string[]> {
  const named = names.filter((name) => values.includes(name))
  if (named.length || !role) return named
  try {
    const RoleName = nameOf(role)
    const found: string[] = []
    for (const PolicyName of (await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames ?? []) {
      const text = decodeURIComponent((await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument ?? '')
      if (text.includes('dynamodb:')) found.push(...names.filter((name) => text.includes(`:table/${name}"`) || text.includes(':table/*')))
    }
    return found
  } catch {
    return []
  }
}

export default function Overview() {
  useTitle('Overview')
  const picture = useLoad(look)
  const { requests } = useRequests(true, 3000)
  const refused = requests.filter((one) => one.status >= 400 && !one.request.includes('console.galley.localhost')).slice(0, 6)
  return (
    <ContentLayout header={<Header variant="h1" description="What runs here, drawn from what is deployed. Choose a box to open it." actions={<Button iconName="refresh" ariaLabel="Refresh" loading={picture.busy && !!picture.value} onClick={picture.reload} />}>Overview</Header>}>
      <SpaceBetween size="l">
        <Failure error={picture.error} />
        {!picture.value && !picture.error && <Waiting />}
        {picture.value && (picture.value.nodes.length ? <Section title="Architecture"><Drawing picture={picture.value} requests={requests} /></Section> : <Begin />)}
        {picture.value && picture.value.nodes.length > 0 && (
          <ColumnLayout columns={2}>
            <Section title="Addresses" description="As this machine answers them; on AWS they are the same without .localhost.">
              {picture.value.nodes.filter((node) => node.url).map((node) => (
                <div key={node.id}>
                  <Box variant="awsui-key-label">{`${node.kind} ${node.name}`}</Box>
                  <Out href={node.url!} />
                </div>
              ))}
              {!picture.value.nodes.some((node) => node.url) && <Box color="text-body-secondary">No address yet: a distribution, an API or a sign-in domain has one.</Box>}
            </Section>
            <Section title="Last refusals" description="Requests that were answered with an error, and why." actions={<Button href="/requests" onFollow={follow as never}>Live requests</Button>}>
              {refused.map((one) => (
                <div key={one.requestId}>
                  <StatusIndicator type={one.status >= 500 ? 'error' : 'warning'}>{one.status}</StatusIndicator> <Link href={`/requests?id=${one.requestId}`} onFollow={follow as never}>{one.request}</Link>
                  <Box color="text-body-secondary" fontSize="body-s">{one.steps.find((step) => !step.allowed)?.why ?? one.service}</Box>
                </div>
              ))}
              {refused.length === 0 && <StatusIndicator type="success">None</StatusIndicator>}
            </Section>
          </ColumnLayout>
        )}
      </SpaceBetween>
    </ContentLayout>
  )
}

const steps: { text: string; href: string; label: string }[] = [
  { text: 'A table that keeps the recipes', href: '/dynamodb/create', label: 'Create table' },
  { text: 'A function that reads them, with a role of its own', href: '/lambda/create', label: 'Create function' },
  { text: 'An HTTP API whose route leads to the function', href: '/apis/create', label: 'Create API' },
  { text: 'A user pool that signs people in', href: '/cognito/create', label: 'Create user pool' },
  { text: 'A bucket with the built site', href: '/s3/create', label: 'Create bucket' },
  { text: 'A distribution that serves it, and a JWT authorizer on the route', href: '/cloudfront/create', label: 'Create distribution' },
]

const Begin = () => (
  <Section title="Nothing is deployed yet" description="Deploy a template by galley deploy or at CloudFormation stacks, or build a secured serverless app step by step, as the tutorial does.">
    <ol className="begin">
      {steps.map((one) => (
        <li key={one.href}>
          <span>{one.text}</span> <To href={one.href}>{one.label}</To>
        </li>
      ))}
    </ol>
  </Section>
)

const [width, height, gapX, gapY] = [176, 88, 62, 20]

/** Where a box is reached: the host that answers for it, or the name by which others call it. */
const addressOf = ({ url, kind, name }: Node) => (url ? new URL(url).hostname.replace(/\.localhost$/, '') : kind === 'Bucket' ? `s3://${name}` : kind === 'Function' ? `function:${name}` : kind === 'Table' ? `table/${name}` : '')

function Drawing({ picture, requests }: { picture: Picture; requests: Trail[] }) {
  const [over, setOver] = useState<string>()
  const columns = [0, 1, 2, 3, 4].filter((column) => picture.nodes.some((node) => node.column === column))
  const tallest = Math.max(...columns.map((column) => picture.nodes.filter((node) => node.column === column).length))
  const total = tallest * (height + gapY) - gapY
  const at = new Map<string, { x: number; y: number }>()
  columns.forEach((column, index) => {
    const inColumn = picture.nodes.filter((node) => node.column === column)
    const top = (total - (inColumn.length * (height + gapY) - gapY)) / 2
    inColumn.forEach((node, row) => at.set(node.id, { x: index * (width + gapX), y: top + row * (height + gapY) }))
  })
  const cut = (text: string, most: number) => (text.length > most ? text.slice(0, most - 1) + '…' : text)
  const traffic = (node: Node) => {
    const own = node.counts ? requests.filter(node.counts) : []
    const bad = own.filter((one) => one.status >= 400).length
    return own.length ? `${own.length} ${own.length === 1 ? 'request' : 'requests'}${bad ? `, ${bad} refused` : ''}` : ''
  }
  const w = columns.length * (width + gapX) - gapX
  return (
    <div className="picture" tabIndex={0} role="group" aria-label="Architecture">
      <svg viewBox={`-2 -2 ${w + 4} ${total + 4}`} width="100%" style={{ maxWidth: w + 4, minWidth: Math.min(w + 4, 760) }}>
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 0 8 4 0 8z" className="head" />
          </marker>
        </defs>
        {picture.edges.map((edge, index) => {
          const [a, b] = [at.get(edge.from)!, at.get(edge.to)!]
          const back = b.x <= a.x
          const [x1, y1, x2, y2] = back ? [a.x, a.y + height / 2, b.x + width, b.y + height / 2] : [a.x + width, a.y + height / 2, b.x, b.y + height / 2]
          const bend = Math.max(30, Math.abs(x2 - x1) / 2) * (back ? -1 : 1)
          return <path key={index} className={over && over !== edge.from && over !== edge.to ? 'edge dim' : back ? 'edge back' : 'edge'} d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} markerEnd="url(#arrow)" />
        })}
        {picture.nodes.map((node) => {
          const { x, y } = at.get(node.id)!
          const count = traffic(node)
          const box = (
            <g transform={`translate(${x} ${y})`} onMouseEnter={() => setOver(node.id)} onMouseLeave={() => setOver(undefined)}>
              <rect className={`box ${node.kind.replace(' ', '').toLowerCase()}`} width={width} height={height} rx="10" />
              <rect className={`stripe ${node.kind.replace(' ', '').toLowerCase()}`} width="5" height={height - 20} x="9" y="10" rx="2.500" />
              <text className="kind" x="24" y="21">{node.kind === 'browser' ? '' : `${node.kind} `}</text>
              <text className="name" x="24" y="40">{`${cut(node.name, 17)} `}</text>
              <text className="detail" x="24" y="59">{node.healthy ? cut(count || node.detail, 23) : 'not ready'}</text>
              <text className="address" x="24" y="76">{cut(addressOf(node), 27)}</text>
              {node.kind !== 'browser' && <circle className={node.healthy ? 'ok' : 'not-ok'} cx={width - 16} cy="17" r="4.500" />}
            </g>
          )
          return node.href ? (
            <a key={node.id} href={node.href} onClick={(event) => { event.preventDefault(); go(node.href!) }}>
              {box}
            </a>
          ) : (
            <g key={node.id} aria-hidden="true">{box}</g>
          )
        })}
      </svg>
    </div>
  )
}

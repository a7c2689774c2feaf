import { useState } from 'react'
import { Failure, Steps } from '../kit/failure'
import { Check, Copy, Muted } from '../kit/fields'
import type { Step, Trail } from '../kit/galley'
import { Empty } from '../kit/list'
import { Section, useTitle } from '../kit/page'
import { setQuery, usePlace } from '../kit/route'
import { treesOf, useRequests, type Tree } from '../kit/requests'
import { Box, Button, ExpandableSection, Header, KeyValuePairs, SpaceBetween, StatusIndicator, Table, TextFilter } from '../ui'

const shownMost = 200

/** Every request as it comes, with what it set off and why it was decided as it was. */
export default function Requests() {
  useTitle('Live requests')
  const [running, setRunning] = useState(true)
  const [filter, setFilter] = useState('')
  const [refused, setRefused] = useState(false)
  const [calls, setCalls] = useState(false)
  const { requests, error, clear } = useRequests(running)
  const chosen = usePlace().query.get('id')
  const trees = treesOf(requests)
  const shown = trees
    .filter(({ root, children }) => (calls || !isCall(root)) && (!refused || isRefused(root) || children.some(isRefused)) && [root, ...children].some((one) => `${one.request} ${one.service} ${one.status} ${one.requestId}`.toLowerCase().includes(filter.toLowerCase())))
    .slice(0, shownMost)
  const tree = trees.find(({ root, children }) => root.requestId === chosen || children.some((one) => one.requestId === chosen))
  const choose = (one: Tree | undefined) => {
    setQuery('id', one?.root.requestId)
    window.scrollTo({ top: 0 })
  }
  return (
    <SpaceBetween size="l">
      <Failure error={error} />
      {tree && <Waterfall tree={tree} close={() => setQuery('id', undefined)} />}
      <Table
        items={shown}
        trackBy={(one) => one.root.requestId}
        variant="full-page"
        selectionType="single"
        selectedItems={tree ? [tree] : []}
        onSelectionChange={({ detail }) => choose(detail.selectedItems[0])}
        onRowClick={({ detail }) => choose(detail.item)}
        ariaLabels={{ tableLabel: 'Requests', selectionGroupLabel: 'Choose a request', itemSelectionLabel: (_, item) => `Choose ${item.root.request} at ${item.root.time}` }}
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={`(${shown.length})`}
            description="Each line is a request; choose one to see where its time went and what decided over it."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={clear}>Clear</Button>
                <Button iconName={running ? 'close' : 'caret-right-filled'} onClick={() => setRunning(!running)}>
                  {running ? 'Pause' : 'Resume'}
                </Button>
              </SpaceBetween>
            }
          >
            Live requests
          </Header>
        }
        filter={
          <SpaceBetween direction="horizontal" size="m" alignItems="center">
            <TextFilter filteringText={filter} onChange={({ detail }) => setFilter(detail.filteringText)} filteringPlaceholder="Find requests" filteringAriaLabel="Find requests" filteringClearAriaLabel="Clear" />
            <Check label="Only refused" value={refused} set={setRefused} />
            <Check label="AWS API calls too" value={calls} set={setCalls} />
          </SpaceBetween>
        }
        empty={<Empty title="No requests yet" text="Open your app, or call its API: what happens appears here." />}
        columnDefinitions={[
          { id: 'time', header: 'Time', cell: ({ root }) => new Date(root.time).toISOString().slice(11, 23), width: 130 },
          { id: 'request', header: 'Request', cell: ({ root }) => root.request, isRowHeader: true, minWidth: 320 },
          { id: 'service', header: 'Through', cell: (one) => path(one), minWidth: 220 },
          { id: 'status', header: 'Status', cell: ({ root }) => <Status of={root} />, width: 110 },
          { id: 'cache', header: 'Cache', cell: ({ root }) => root.steps.find((step) => step.check === 'cache')?.why.split(' from ')[0] ?? '–', width: 110 },
          { id: 'took', header: 'Took', cell: ({ root }) => `${root.milliseconds.toFixed(1)} ms`, width: 110 },
        ]}
      />
    </SpaceBetween>
  )
}

/** A call of an AWS API from outside; those of functions stand under the request that they serve. */
const isCall = (one: Trail) => one.service.includes(' ') && !one.service.startsWith('cognito sign-in') && !one.service.startsWith('s3 website') && !one.service.startsWith('function URL')

const isRefused = (one: Trail) => one.status >= 400 || one.steps.some((step) => !step.allowed)

const Status = ({ of }: { of: Trail }) => <StatusIndicator type={of.status >= 500 ? 'error' : of.status >= 400 ? 'warning' : 'success'}>{of.status || 'none'}</StatusIndicator>

const functionOf = (text: string) => /function:([^: ]+)/.exec(text)?.[1]

/** Whether the step is the start of the process that the function's step waited for. */
const isColdStart = (step: Step, function_: Step) => step.check === 'cold start' && functionOf(step.why) === functionOf(function_.why)

const path = ({ root, children }: Tree) =>
  [root, ...children]
    .flatMap((one) => [one.service, ...one.steps.flatMap((step) => (step.check === 'authorizer' ? ['authorizer'] : step.check === 'function' ? [(functionOf(step.why) ?? 'function') + (one.steps.some((each) => isColdStart(each, step)) ? ' (cold start)' : '')] : []))])
    .join(' → ')

interface Bar {
  label: string
  from: number
  to: number
  kind: 'request' | 'span' | 'cold'
  depth: number
  bad: boolean
}

const labelOf = (step: Step) => (step.check === 'cache' ? `cache ${step.why.split(' from ')[0]}` : step.check === 'function' || step.check === 'cold start' ? `${step.check} ${functionOf(step.why) ?? ''}` : step.check)

function bars({ root, children }: Tree): Bar[] {
  const start = Date.parse(root.time)
  const of = (one: Trail, depth: number): Bar[] => {
    const offset = Math.max(0, Date.parse(one.time) - start)
    return [
      { label: one === root ? `${one.service}: ${one.request}` : `${one.service}${one.service.includes(' ') ? '' : `: ${one.request}`}`, from: offset, to: offset + one.milliseconds, kind: 'request', depth, bad: isRefused(one) },
      ...one.steps.filter((step) => step.took !== undefined).sort((a, b) => Number(a.check === 'cold start') - Number(b.check === 'cold start') || a.at - b.at).map((step) => ({ label: labelOf(step), from: offset + step.at - step.took!, to: offset + step.at, kind: step.check === 'cold start' ? ('cold' as const) : ('span' as const), depth: depth + 1 + Number(step.check === 'cold start'), bad: !step.allowed })),
    ]
  }
  return [...of(root, 0), ...children.flatMap((one) => of(one, one.service === 'execute-api' ? 1 : 2))]
}

function Waterfall({ tree, close }: { tree: Tree; close: () => void }) {
  const all = bars(tree)
  const end = Math.max(...all.map((one) => one.to), 0.1)
  const { root, children } = tree
  return (
    <Section title={root.request} description={`${new Date(root.time).toISOString()} · request id ${root.requestId}`} actions={<Button iconName="close" variant="icon" ariaLabel="Close" onClick={close} />}>
      <KeyValuePairs columns={4} items={[{ label: 'Status', value: <Status of={root} /> }, { label: 'Took', value: `${root.milliseconds.toFixed(2)} ms` }, { label: 'Trace', value: <Copy text={[root, ...children].find((one) => one.trace)?.trace} /> }, { label: 'In a terminal', value: <Copy text={`galley explain ${root.requestId}`} /> }]} />
      <div className="waterfall" role="img" aria-label={all.map((one) => `${one.label}: ${(one.to - one.from).toFixed(1)} milliseconds from ${one.from.toFixed(1)}`).join('; ')}>
        <svg width="100%" height={all.length * 26 + 4} aria-hidden="true">
          {all.map((one, index) => (
            <g key={index}>
              <rect className={`bar ${one.kind}${one.bad ? ' bad' : ''}`} x={`${38 + (one.from / end) * 52}%`} y={index * 26 + 4} width={`${Math.max(0.3, ((one.to - one.from) / end) * 52)}%`} height="16" rx="3" />
              <text className="bar-label" x={8 + one.depth * 14} y={index * 26 + 17}>
                {one.label.length > 46 - one.depth * 2 ? one.label.slice(0, 45 - one.depth * 2) + '…' : one.label}
              </text>
              <text className="bar-time" x="99.500%" y={index * 26 + 17} textAnchor="end">
                {(one.to - one.from).toFixed(1)} ms
              </text>
            </g>
          ))}
        </svg>
      </div>
      {[root, ...children].map((one) => (
        <ExpandableSection key={one.requestId} defaultExpanded={one === root || isRefused(one)} headerText={`Why: ${one.service}`} headerDescription={`${one.request} · ${one.status}`}>
          <Steps steps={one.steps} />
        </ExpandableSection>
      ))}
      {children.length === 0 && <Box><Muted>Nothing else was set off by it.</Muted></Box>}
    </Section>
  )
}

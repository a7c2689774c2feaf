import { CloudWatchLogsClient, CreateLogGroupCommand, DeleteLogGroupCommand, DescribeLogGroupsCommand, DescribeLogStreamsCommand, FilterLogEventsCommand, PutRetentionPolicyCommand, type FilteredLogEvent, type LogGroup, type LogStream } from '@aws-sdk/client-cloudwatch-logs'
import { useEffect, useRef, useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { Failure } from '../kit/failure'
import { bytes, Choose, Muted, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useAct, useEvery, useLoad } from '../kit/load'
import { Detail, Section, useTitle } from '../kit/page'
import { setQuery, To, to, usePlace } from '../kit/route'
import { Button, FormField, Grid, Input, Select, SpaceBetween, StatusIndicator, Tabs } from '../ui'

const logs = recorded(new CloudWatchLogsClient(config), 'logs')

export default function Logs({ parts: [name] }: { parts: string[] }) {
  return name === undefined ? <Groups /> : <Group name={name} key={name} />
}

function Groups() {
  useTitle('Log groups')
  const loaded = useLoad(() =>
    all<LogGroup, string>(async (nextToken) => {
      const page = await logs.send(new DescribeLogGroupsCommand({ nextToken }))
      return [page.logGroups, page.nextToken]
    }),
  )
  const [form, set] = useForm({ open: false, name: '' })
  return (
    <>
      <List
        title="Log groups"
        noun="log group"
        variant="full-page"
        loaded={loaded}
        id={(one) => one.logGroupName!}
        remove={(one) => logs.send(new DeleteLogGroupCommand({ logGroupName: one.logGroupName }))}
        empty="A function that writes gets its log group by itself."
        actions={() => <Button variant="primary" onClick={() => set({ open: true, name: '' })}>Create log group</Button>}
        columns={[
          { id: 'name', header: 'Log group', cell: (one) => <To href={to('logs', one.logGroupName!)}>{one.logGroupName}</To>, value: (one) => one.logGroupName, width: 380 },
          { id: 'retention', header: 'Retention', cell: (one) => (one.retentionInDays ? `${one.retentionInDays} days` : 'Never expire'), value: (one) => one.retentionInDays },
          { id: 'bytes', header: 'Stored bytes', cell: (one) => bytes(one.storedBytes), value: (one) => one.storedBytes },
          { id: 'created', header: 'Created', cell: (one) => when(one.creationTime), value: (one) => one.creationTime, width: 170 },
        ]}
      />
      {form.open && (
        <Dialog title="Create log group" submit="Create" close={(done) => { set({ open: false }); if (done) loaded.reload() }} act={() => logs.send(new CreateLogGroupCommand({ logGroupName: form.name }))}>
          <Text label="Log group name" value={form.name} set={(name) => set({ name })} />
        </Dialog>
      )}
    </>
  )
}

function Group({ name }: { name: string }) {
  const loaded = useLoad(async () => (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }))).logGroups?.find((one) => one.logGroupName === name) ?? null)
  const tab = usePlace().query.get('tab') ?? 'tail'
  const [form, set] = useForm({ open: false, days: '' })
  return (
    <Detail title={name} loaded={loaded} audit={{ type: 'AWS::Logs::LogGroup', id: name, noun: 'log group' }} actions={(group) => group && <Button onClick={() => set({ open: true, days: String(group.retentionInDays ?? '') })}>Edit retention</Button>}>
      {(group) => (
        <>
          {group ? (
            <Tabs
              activeTabId={tab}
              onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
              tabs={[
                { id: 'tail', label: 'Live tail', content: <Events group={name} live /> },
                { id: 'search', label: 'Search', content: <Events group={name} /> },
                { id: 'streams', label: 'Log streams', content: <Streams group={name} /> },
              ]}
            />
          ) : (
            <Section title="No such log group">It comes into being when something is written to it. <Button onClick={loaded.reload}>Look again</Button></Section>
          )}
          {form.open && (
            <Dialog title="Edit retention" submit="Save" close={(done) => { set({ open: false }); if (done) loaded.reload() }} act={() => logs.send(new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays: Number(form.days) }))}>
              <Choose label="Expire events after" value={form.days} set={(days) => set({ days })} choices={['1', '3', '5', '7', '14', '30', '60', '90', '365'].map((value) => ({ value, label: value === '1' ? '1 day' : `${value} days` }))} />
            </Dialog>
          )}
        </>
      )}
    </Detail>
  )
}

const mostLines = 2000

/** Events read at once; those of a longer time need a pattern. */
const mostRead = 10_000

const spans = [
  { value: '300', label: 'Last 5 minutes' },
  { value: '3600', label: 'Last hour' },
  { value: '86400', label: 'Last day' },
  { value: '0', label: 'All' },
]

/** Live: what comes from now on is added. Search: what there is. Both keep no more than the last lines. */
function Events({ group, live }: { group: string; live?: boolean }) {
  const [pattern, setPattern] = useState('')
  const [asked, setAsked] = useState('')
  const [span, setSpan] = useState(live ? '300' : '0')
  const [events, setEvents] = useState<FilteredLogEvent[]>()
  const [running, setRunning] = useState(true)
  const { busy, error, run } = useAct()
  const newest = useRef(0)
  /** Events of the newest millisecond: the next look begins with it, and finds them again. */
  const seen = useRef(new Set<string | undefined>())
  const [left, setLeft] = useState(0)
  /** Why the last look failed; the next may work. */
  const [cut, setCut] = useState<unknown>()
  const end = useRef<HTMLDivElement>(null)
  const note = (found: FilteredLogEvent[]) => {
    const last = found.at(-1)?.timestamp
    if (last === undefined) return
    newest.current = last
    seen.current = new Set(found.filter((one) => one.timestamp === last).map((one) => one.eventId))
  }
  const read = async (from: number) => {
    const found = await all<FilteredLogEvent, string>(async (nextToken) => {
      const page = await logs.send(new FilterLogEventsCommand({ logGroupName: group, filterPattern: asked || undefined, startTime: from || undefined, nextToken }))
      return [page.events, page.nextToken]
    }, mostRead)
    return found
  }
  const start = () =>
    run(async () => {
      const found = await read(span === '0' ? 0 : Date.now() - Number(span) * 1000)
      newest.current = Date.now() - 60_000
      note(found)
      setLeft(Math.max(0, found.length - mostLines))
      setEvents(found.slice(-mostLines))
    })
  useEffect(() => void start(), [group, asked, span])
  useEvery(1500, async () => {
    if (!live || !running || events === undefined) return
    let found: FilteredLogEvent[]
    try {
      found = await read(newest.current)
      setCut(undefined)
    } catch (failure) {
      setCut(failure)
      return
    }
    const fresh = found.filter((one) => !seen.current.has(one.eventId))
    if (fresh.length === 0) return
    note(found)
    setEvents([...events, ...fresh].slice(-mostLines))
  })
  useEffect(() => {
    if (live && running) end.current?.scrollIntoView({ block: 'nearest' })
  }, [events, live, running])
  return (
    <Section
      title={live ? 'Live tail' : 'Log events'}
      description={live ? 'New lines appear as they are written.' : 'A pattern is as CloudWatch’s: words, "a phrase", -without, { $.status = 500 }.'}
      actions={live ? <Button iconName={running ? 'close' : 'caret-right-filled'} onClick={() => setRunning(!running)}>{running ? 'Pause' : 'Resume'}</Button> : <Button iconName="refresh" ariaLabel="Refresh" loading={busy} onClick={() => void start()} />}
    >
      <form onSubmit={(event) => { event.preventDefault(); if (pattern === asked) void start(); else setAsked(pattern) }}>
        <Grid gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}>
          <FormField label="Filter events">
            <Input type="search" value={pattern} onChange={({ detail }) => setPattern(detail.value)} placeholder="Filter events – press enter to search" clearAriaLabel="Clear" spellcheck={false} />
          </FormField>
          <FormField label="Time">
            <Select selectedOption={spans.find((one) => one.value === span)!} options={spans} onChange={({ detail }) => setSpan(detail.selectedOption.value!)} />
          </FormField>
        </Grid>
      </form>
      <Failure error={error ?? cut} />
      {!live && left > 0 && <StatusIndicator type="info">{`Shown are the last ${mostLines.toLocaleString('en')} of ${left + mostLines >= mostRead ? 'the first ' : ''}${(left + mostLines).toLocaleString('en')} events; a pattern or a shorter time finds the others.`}</StatusIndicator>}
      <div className="log" role="log" aria-label="Log events" tabIndex={0}>
        {events?.map((one) => (
          <div key={one.eventId} className={/\b(ERROR|Exception|Traceback|errorType)\b/.test(one.message ?? '') ? 'line bad' : 'line'}>
            <time>{new Date(one.timestamp!).toISOString().replace('T', ' ').slice(0, 23)}</time>
            <span>{one.message?.trimEnd()}</span>
          </div>
        ))}
        {events?.length === 0 && <Muted>No events {asked ? 'fit the pattern' : 'in this time'}.</Muted>}
        <div ref={end} />
      </div>
      {live && <SpaceBetween direction="horizontal" size="xs"><StatusIndicator type={running ? 'in-progress' : 'stopped'}>{running ? 'Listening' : 'Paused'}</StatusIndicator><Muted>{events?.length ?? 0} lines</Muted></SpaceBetween>}
    </Section>
  )
}

const Streams = ({ group }: { group: string }) => (
  <List
    title="Log streams"
    noun="log stream"
    loaded={useLoad(() =>
      all<LogStream, string>(async (nextToken) => {
        const page = await logs.send(new DescribeLogStreamsCommand({ logGroupName: group, orderBy: 'LastEventTime', descending: true, nextToken }))
        return [page.logStreams, page.nextToken]
      }, 2000),
    )}
    id={(one) => one.logStreamName!}
    columns={[
      { id: 'name', header: 'Log stream', cell: (one) => one.logStreamName, value: (one) => one.logStreamName, width: 460 },
      { id: 'last', header: 'Last event', cell: (one) => when(one.lastEventTimestamp), value: (one) => one.lastEventTimestamp, width: 170 },
      { id: 'first', header: 'First event', cell: (one) => when(one.firstEventTimestamp), width: 170 },
    ]}
  />
)

import { useState } from 'react'
import { Failure } from '../kit/failure'
import { Copy, Mono, Muted, when } from '../kit/fields'
import { galley } from '../kit/galley'
import { Empty } from '../kit/list'
import { useEvery, useLoad } from '../kit/load'
import { Section, useTitle, Waiting } from '../kit/page'
import { Badge, ContentLayout, Header, SpaceBetween, TextFilter } from '../ui'

interface Message {
  id: string
  time: string
  from: string
  to: string
  subject: string
  text: string
  code?: string
}

/** What the app mailed and texted. Nothing of it is taken as HTML. */
export default function Inbox() {
  useTitle('Inbox')
  const loaded = useLoad(() => galley<Message[]>('inbox/messages'))
  const [filter, setFilter] = useState('')
  useEvery(2000, loaded.reload)
  const shown = (loaded.value ?? []).filter((one) => [one.to, one.subject, one.text].some((text) => text.toLowerCase().includes(filter.toLowerCase()))).slice(0, 100)
  return (
    <ContentLayout header={<Header variant="h1" counter={loaded.value && `(${loaded.value.length})`} description="Mail and text messages of your apps, newest first. They also show codes for sign-up.">Inbox</Header>}>
      <SpaceBetween size="l">
        <TextFilter filteringText={filter} onChange={({ detail }) => setFilter(detail.filteringText)} filteringPlaceholder="Find messages" filteringAriaLabel="Find messages" filteringClearAriaLabel="Clear" />
        <Failure error={loaded.error} />
        {!loaded.value && !loaded.error && <Waiting />}
        {shown.map((one) => (
          <Section key={one.id} title={one.from === 'SMS' ? 'Text message' : one.subject} description={<span>To <b>{one.to}</b> · {when(one.time)}{one.from !== 'SMS' && <Muted> · from {one.from}</Muted>}</span>} actions={one.code && <Badge color="green">Code {one.code}</Badge>}>
            <Mono wrap>{one.text.replaceAll(/<[^>]*>/g, '')}</Mono>
            {one.code && <Copy text={one.code} />}
          </Section>
        ))}
        {loaded.value && shown.length === 0 && <Empty title={filter ? 'No matches' : 'No messages yet'} text={filter ? undefined : 'Sign up on your app, and the code appears here.'} />}
      </SpaceBetween>
    </ContentLayout>
  )
}

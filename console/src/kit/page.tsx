import { useEffect, type ReactNode } from 'react'
import { Button, Container, ContentLayout, Form, Header, SpaceBetween, Spinner, Box } from '../ui'
import { Failure } from './failure'
import { FindingNote, useFindings } from './findings'
import { useAct, type Loaded } from './load'
import { go } from './route'

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Galley`
  }, [title])
}

interface DetailProps<T> {
  title: string
  loaded: Loaded<T>
  actions?: (value: T) => ReactNode
  description?: ReactNode
  /** What the audit has to say of it stands beside its title. */
  audit?: { type: string; id: string; noun: string }
  children: (value: T) => ReactNode
}

const Audited = ({ type, id, noun }: { type: string; id: string; noun: string }) => <FindingNote findings={useFindings(type, id)} noun={noun} />

/** A thing's own page. */
export function Detail<T>({ title, loaded, actions, description, audit, children }: DetailProps<T>) {
  useTitle(title)
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={description}
          info={audit && loaded.value !== undefined && <Audited {...audit} />}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel="Refresh" loading={loaded.busy && !!loaded.value} onClick={loaded.reload} />
              {loaded.value !== undefined && actions?.(loaded.value)}
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Failure error={loaded.error} />
        {loaded.value !== undefined ? children(loaded.value) : !loaded.error && <Waiting />}
      </SpaceBetween>
    </ContentLayout>
  )
}

export const Waiting = () => (
  <Box textAlign="center" padding="xl">
    <Spinner size="large" />
  </Box>
)

interface CreateProps {
  title: string
  description?: string
  submit: string
  cancel: string
  /** Makes it and says where to go then. */
  act: () => Promise<string>
  disabled?: boolean
  children: ReactNode
}

/** A page that makes something. */
export function Create({ title, description, submit, cancel, act, disabled, children }: CreateProps) {
  useTitle(title)
  const { busy, error, run } = useAct()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!disabled && !busy) void run(async () => go(await act()))
      }}
    >
      <ContentLayout
        header={
          <Header variant="h1" description={description}>
            {title}
          </Header>
        }
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => go(cancel)}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy} disabled={disabled}>
                {submit}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {children}
            <Failure error={error} />
          </SpaceBetween>
        </Form>
      </ContentLayout>
    </form>
  )
}

interface SectionProps {
  title: string
  description?: ReactNode
  actions?: ReactNode
  children: ReactNode
}

/** A part of a page in a box of its own. */
export const Section = ({ title, description, actions, children }: SectionProps) => (
  <Container
    header={
      <Header variant="h2" description={description} actions={actions}>
        {title}
      </Header>
    }
  >
    <SpaceBetween size="m">{children}</SpaceBetween>
  </Container>
)

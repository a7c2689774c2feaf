import I18nProvider from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import { Component, lazy, Suspense, useEffect, useState, type ComponentType, type ReactNode } from 'react'
import { clearNotes, Notes } from './kit/notes'
import { Failure } from './kit/failure'
import { useLoad } from './kit/load'
import { Waiting } from './kit/page'
import { follow, to, usePlace } from './kit/route'
import { NoSession, session } from './kit/session'
import { setLook, useLook, type Look } from './kit/theme'
import { AppLayout, Box, BreadcrumbGroup, SideNavigation, TopNavigation } from './ui'

const CopyAsPanel = lazy(() => import('./kit/copyas-panel'))

interface Place {
  title: string
  page: ComponentType<{ parts: string[] }>
}

// Each page is a file of its own, loaded when it is opened.
const places: Record<string, Place> = {
  '': { title: 'Overview', page: lazy(() => import('./pages/overview')) },
  dynamodb: { title: 'DynamoDB tables', page: lazy(() => import('./pages/dynamodb')) },
  lambda: { title: 'Lambda functions', page: lazy(() => import('./pages/lambda')) },
  layers: { title: 'Lambda layers', page: lazy(() => import('./pages/layers')) },
  apis: { title: 'HTTP APIs', page: lazy(() => import('./pages/apis')) },
  cognito: { title: 'User pools', page: lazy(() => import('./pages/cognito')) },
  s3: { title: 'S3 buckets', page: lazy(() => import('./pages/s3')) },
  cloudfront: { title: 'CloudFront distributions', page: lazy(() => import('./pages/cloudfront')) },
  iam: { title: 'IAM', page: lazy(() => import('./pages/iam')) },
  stacks: { title: 'CloudFormation stacks', page: lazy(() => import('./pages/stacks')) },
  logs: { title: 'Log groups', page: lazy(() => import('./pages/logs')) },
  inbox: { title: 'Inbox', page: lazy(() => import('./pages/inbox')) },
  requests: { title: 'Live requests', page: lazy(() => import('./pages/requests')) },
  audit: { title: 'Audit', page: lazy(() => import('./pages/audit')) },
  'sign-in': { title: 'Sign-in inspector', page: lazy(() => import('./pages/signin')) },
}

const link = (root: string) => ({ type: 'link' as const, text: places[root]!.title, href: `/${root}` })

const navigation = [
  link(''),
  { type: 'section' as const, text: 'Build', items: ['dynamodb', 'lambda', 'layers', 'apis', 'cognito', 's3', 'cloudfront'].map(link) },
  { type: 'section' as const, text: 'Manage', items: ['iam', 'stacks', 'logs', 'inbox'].map(link) },
  { type: 'section' as const, text: 'Understand', items: ['requests', 'sign-in', 'audit'].map(link) },
]

export function Frame() {
  const { parts } = usePlace()
  const start = useLoad(session)
  const look = useLook()
  const [tools, setTools] = useState(false)
  const [open, setOpen] = useState(() => innerWidth > 900)
  const root = parts[0] ?? ''
  const place = places[root]
  useEffect(clearNotes, [root])
  const Page = place?.page
  if (start.error instanceof NoSession) return <SignedOut />
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <div id="top">
        <TopNavigation
          identity={{ href: '/', title: 'Galley', logo: { src: '/icon.svg', alt: 'Logo' }, onFollow: follow as never }}
          utilities={[
            { type: 'button', text: 'Copy as', iconName: 'script', onClick: () => setTools(!tools), title: 'What you did, as CLI commands and template' },
            {
              type: 'menu-dropdown',
              iconName: 'settings',
              ariaLabel: 'Look',
              title: 'Look',
              items: (['system', 'light', 'dark'] as Look[]).map((id) => ({ id, text: { system: 'As the system', light: 'Light', dark: 'Dark' }[id], itemType: 'checkbox' as const, checked: look === id })),
              onItemClick: ({ detail }) => setLook(detail.id as Look),
            },
            ...(start.value ? [{ type: 'menu-dropdown' as const, text: start.value.region, description: `Account ${start.value.account}`, items: [{ id: 'account', text: `Account ${start.value.account}`, disabled: true }] }] : []),
          ]}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        navigationOpen={open}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigation={<SideNavigation activeHref={root ? `/${root}` : '/'} items={navigation} onFollow={(event) => { follow(event as never); if (innerWidth <= 688) setOpen(false) }} />}
        breadcrumbs={
          parts.length > 1 && place ? (
            <BreadcrumbGroup
              ariaLabel="Where you are"
              items={[{ text: place.title, href: `/${root}` }, ...parts.slice(1).map((part, index) => ({ text: part === 'create' ? 'Create' : part === 'export' && root === 'stacks' ? 'Export' : part, href: to(...parts.slice(0, index + 2)) }))]}
              onFollow={follow as never}
            />
          ) : undefined
        }
        notifications={<Notes />}
        tools={<Suspense fallback={<Waiting />}>{tools && <CopyAsPanel />}</Suspense>}
        toolsOpen={tools}
        toolsHide={!tools}
        onToolsChange={({ detail }) => setTools(detail.open)}
        content={
          <Whole key={root}>
            <Suspense fallback={<Waiting />}>
              {start.error ? <Failure error={start.error} title="Galley did not answer" /> : Page ? start.value && <Page parts={parts.slice(1)} /> : <Box variant="h1">There is no such page</Box>}
            </Suspense>
          </Whole>
        }
      />
    </I18nProvider>
  )
}

/** A page that fails says so; the rest of the console goes on. */
class Whole extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {}

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    return this.state.error ? <Failure error={this.state.error} title="This page failed" /> : this.props.children
  }
}

function SignedOut() {
  return (
    <main className="signed-out">
      <img src="/icon.svg" alt="" width="56" height="56" />
      <h1>Galley</h1>
      <p>This console opens by the link that Galley printed when it started. Each link works once; start another with</p>
      <pre>galley console</pre>
    </main>
  )
}

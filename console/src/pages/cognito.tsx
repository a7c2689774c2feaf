import {
  AddCustomAttributesCommand, AdminAddUserToGroupCommand, AdminConfirmSignUpCommand, AdminCreateUserCommand, AdminDeleteUserCommand, AdminDisableUserCommand, AdminEnableUserCommand, AdminListGroupsForUserCommand, AdminRemoveUserFromGroupCommand, AdminResetUserPasswordCommand, AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient, CreateGroupCommand, CreateUserPoolClientCommand, CreateUserPoolDomainCommand, DeleteGroupCommand, DeleteUserPoolClientCommand, DeleteUserPoolCommand, DeleteUserPoolDomainCommand,
  DescribeUserPoolClientCommand, DescribeUserPoolCommand, ListGroupsCommand, ListUserPoolClientsCommand, ListUserPoolsCommand, ListUsersCommand, UpdateUserPoolClientCommand,
  type GroupType, type OAuthFlowType, type UserPoolClientDescription, type UserPoolClientType, type UserPoolDescriptionType, type UserPoolType, type UserType,
} from '@aws-sdk/client-cognito-identity-provider'
import { lazy, Suspense, useState } from 'react'
import { all, config, recorded } from '../kit/aws'
import { ConfirmDelete } from '../kit/confirm'
import { Dialog } from '../kit/dialog'
import { Failure } from '../kit/failure'
import { Check, Choose, ChooseMany, Copy, lines, Lines, Muted, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useAct, useLoad, usePages } from '../kit/load'
import { say } from '../kit/notes'
import { Detail, Section, useTitle, Waiting } from '../kit/page'
import { go, Out, setQuery, To, to, usePlace } from '../kit/route'
import { local, port, session } from '../kit/session'
import { Alert, Badge, Box, Button, ButtonDropdown, Grid, Input, KeyValuePairs, Select, SpaceBetween, StatusIndicator, Tabs } from '../ui'

export const cognito = recorded(new CognitoIdentityProviderClient(config), 'cognito')

const CreatePool = lazy(() => import('./cognito-create'))
const Mfa = lazy(() => import('./cognito-mfa'))

export default function Cognito({ parts: [id, part, client] }: { parts: string[] }) {
  if (id === undefined) return <Pools />
  if (id === 'create') return <CreatePool />
  return part === 'clients' && client !== undefined ? <Client pool={id} id={client} key={client} /> : <Pool id={id} key={id} />
}

export const pools = () =>
  all<UserPoolDescriptionType, string>(async (NextToken) => {
    const page = await cognito.send(new ListUserPoolsCommand({ MaxResults: 60, NextToken }))
    return [page.UserPools, page.NextToken]
  })

export const poolOf = async (UserPoolId: string) => (await cognito.send(new DescribeUserPoolCommand({ UserPoolId }))).UserPool!

export const clientsOf = (UserPoolId: string) =>
  all<UserPoolClientDescription, string>(async (NextToken) => {
    const page = await cognito.send(new ListUserPoolClientsCommand({ UserPoolId, MaxResults: 60, NextToken }))
    return [page.UserPoolClients, page.NextToken]
  })

export const clientOf = async (UserPoolId: string, ClientId: string) => (await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }))).UserPoolClient!

function Pools() {
  useTitle('User pools')
  return (
    <List
      title="User pools"
      noun="user pool"
      variant="full-page"
      loaded={useLoad(pools)}
      id={(one) => one.Id!}
      create="/cognito/create"
      remove={(one) => cognito.send(new DeleteUserPoolCommand({ UserPoolId: one.Id }))}
      removeWarning="All users of the pool go with it. A pool with a domain cannot be deleted before the domain."
      empty="A user pool signs people in and gives your app their tokens."
      columns={[
        { id: 'name', header: 'User pool name', cell: (one) => <To href={to('cognito', one.Id!)}>{one.Name}</To>, value: (one) => one.Name, width: 240 },
        { id: 'id', header: 'User pool ID', cell: (one) => one.Id, value: (one) => one.Id, width: 220 },
        { id: 'created', header: 'Created', cell: (one) => when(one.CreationDate), value: (one) => one.CreationDate?.toISOString(), width: 170 },
        { id: 'modified', header: 'Last updated', cell: (one) => when(one.LastModifiedDate), width: 170 },
      ]}
    />
  )
}

function Pool({ id }: { id: string }) {
  const loaded = useLoad(() => poolOf(id))
  const tab = usePlace().query.get('tab') ?? 'overview'
  return (
    <Detail title={loaded.value?.Name ?? id} loaded={loaded} description={loaded.value && id} audit={{ type: 'AWS::Cognito::UserPool', id, noun: 'user pool' }}>
      {(pool) => (
        <Tabs
          activeTabId={tab}
          onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
          tabs={[
            { id: 'overview', label: 'Overview', content: <Overview pool={pool} /> },
            { id: 'sign-in', label: 'Sign-in', content: <Suspense fallback={<Waiting />}><Mfa pool={id} /></Suspense> },
            { id: 'users', label: 'Users', content: <Users pool={pool} /> },
            { id: 'groups', label: 'Groups', content: <Groups pool={id} /> },
            { id: 'clients', label: 'App clients', content: <Clients pool={id} /> },
            { id: 'domain', label: 'Domain', content: <Domain pool={pool} reload={loaded.reload} /> },
            { id: 'attributes', label: 'Attributes', content: <Attributes pool={pool} reload={loaded.reload} /> },
          ]}
        />
      )}
    </Detail>
  )
}

const issuerOf = (id: string) => `https://cognito-idp.${id.split('_')[0]}.amazonaws.com/${id}`

function Overview({ pool }: { pool: UserPoolType }) {
  const password = pool.Policies?.PasswordPolicy
  const rules = password && [password.RequireLowercase && 'lower case', password.RequireUppercase && 'upper case', password.RequireNumbers && 'numbers', password.RequireSymbols && 'symbols'].filter(Boolean).join(', ')
  return (
    <SpaceBetween size="l">
      <Section title="User pool information">
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'User pool name', value: pool.Name! },
            { label: 'User pool ID', value: <Copy text={pool.Id} /> },
            { label: 'ARN', value: <Copy text={pool.Arn} /> },
            { label: 'Token issuer (for a JWT authorizer)', value: <Copy text={issuerOf(pool.Id!)} /> },
            { label: 'Token signing keys', value: <Out href={`http://localhost:${port}/${pool.Id}/.well-known/jwks.json`}>jwks.json</Out> },
            { label: 'Estimated number of users', value: pool.EstimatedNumberOfUsers ?? 0 },
          ]}
        />
      </Section>
      <Section title="Sign-in and security">
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Sign-in with', value: pool.UsernameAttributes?.join(', ') || 'Username' },
            { label: 'Password policy', value: password ? `At least ${password.MinimumLength} characters: ${rules || 'any'}` : '–' },
            { label: 'Multi-factor authentication', value: pool.MfaConfiguration ?? 'OFF' },
            { label: 'Self sign-up', value: pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly ? 'No: an administrator creates users' : 'Yes' },
            { label: 'Verified attributes', value: pool.AutoVerifiedAttributes?.join(', ') || 'None' },
            { label: 'Required attributes', value: pool.SchemaAttributes?.filter((one) => one.Required && one.Name !== 'sub').map((one) => one.Name).join(', ') || 'None' },
            { label: 'Deletion protection', value: pool.DeletionProtection ?? 'INACTIVE' },
            { label: 'Created', value: when(pool.CreationDate) },
            { label: 'Lambda triggers', value: Object.keys(pool.LambdaConfig ?? {}).join(', ') || 'None' },
          ]}
        />
      </Section>
    </SpaceBetween>
  )
}

const attributeOf = (user: UserType, name: string) => user.Attributes?.find((one) => one.Name === name)?.Value

/** Users read at once: five of Cognito's own pages. */
const userPage = 300

const searchable = [{ value: 'username', label: 'User name' }, { value: 'email', label: 'Email address' }, { value: 'phone_number', label: 'Phone number' }, { value: 'sub', label: 'sub' }]

function Users({ pool }: { pool: UserPoolType }) {
  const UserPoolId = pool.Id!
  const [search, setSearch] = useForm({ by: 'username', typed: '', asked: '' })
  const Filter = search.asked ? `${search.by} ^= "${search.asked.replaceAll(/["\\]/g, '\\$&')}"` : undefined
  const users = usePages<UserType, string>(async (from) => {
    const found: UserType[] = []
    let next = from
    do {
      const page = await cognito.send(new ListUsersCommand({ UserPoolId, Limit: 60, PaginationToken: next, Filter }))
      found.push(...(page.Users ?? []))
      next = page.PaginationToken
    } while (next && found.length < userPage)
    return [found, next]
  }, Filter)
  const groups = useLoad(() => groupsOf(UserPoolId))
  const [dialog, setDialog] = useState<{ kind: 'create' | 'password' | 'groups'; user?: UserType }>()
  const { error, run } = useAct()
  const close = (done: boolean) => {
    setDialog(undefined)
    if (done) users.reload()
  }
  const act = async (id: string, user: UserType) => {
    const Username = user.Username!
    if (id === 'password' || id === 'groups') return setDialog({ kind: id, user })
    await run(async () => {
      if (id === 'confirm') await cognito.send(new AdminConfirmSignUpCommand({ UserPoolId, Username }))
      if (id === 'disable') await cognito.send(new AdminDisableUserCommand({ UserPoolId, Username }))
      if (id === 'enable') await cognito.send(new AdminEnableUserCommand({ UserPoolId, Username }))
      if (id === 'reset') await cognito.send(new AdminResetUserPasswordCommand({ UserPoolId, Username }))
      say(`Done for user ${Username}.`)
      users.reload()
    })
  }
  return (
    <SpaceBetween size="s">
      <Failure error={error} />
      <form onSubmit={(event) => { event.preventDefault(); setSearch({ asked: search.typed.trim() }) }}>
        <Grid gridDefinition={[{ colspan: { default: 12, xs: 3 } }, { colspan: { default: 12, xs: 7 } }, { colspan: { default: 12, xs: 2 } }]}>
          <Select ariaLabel="Search users by" selectedOption={searchable.find((one) => one.value === search.by)!} options={searchable} onChange={({ detail }) => setSearch({ by: detail.selectedOption.value! })} />
          <Input type="search" ariaLabel="Search in the whole pool" placeholder="Search in the whole pool by how it begins" value={search.typed} onChange={({ detail }) => setSearch(detail.value ? { typed: detail.value } : { typed: '', asked: '' })} clearAriaLabel="Clear" spellcheck={false} />
          <Button fullWidth>Search</Button>
        </Grid>
      </form>
      <List
        title="Users"
        noun="user"
        loaded={users}
        more={users.more}
        id={(one) => one.Username!}
        remove={(one) => cognito.send(new AdminDeleteUserCommand({ UserPoolId, Username: one.Username }))}
        empty="People sign up on the sign-in page, or you create them."
        actions={(chosen) => (
          <>
            <ButtonDropdown
              disabled={chosen.length !== 1}
              items={[
                { id: 'confirm', text: 'Confirm account', disabled: chosen[0]?.UserStatus !== 'UNCONFIRMED' },
                { id: 'password', text: 'Set password' },
                { id: 'reset', text: 'Reset password' },
                { id: 'groups', text: 'Groups' },
                chosen[0]?.Enabled === false ? { id: 'enable', text: 'Enable user access' } : { id: 'disable', text: 'Disable user access' },
              ]}
              onItemClick={({ detail }) => void act(detail.id, chosen[0]!)}
            >
              Actions
            </ButtonDropdown>
            <Button variant="primary" onClick={() => setDialog({ kind: 'create' })}>
              Create user
            </Button>
          </>
        )}
        columns={[
          { id: 'name', header: 'User name', cell: (one) => one.Username, value: (one) => one.Username, width: 200 },
          { id: 'email', header: 'Email address', cell: (one) => attributeOf(one, 'email'), value: (one) => attributeOf(one, 'email'), width: 200 },
          { id: 'verified', header: 'Email verified', cell: (one) => (attributeOf(one, 'email_verified') === 'true' ? 'Yes' : 'No') },
          { id: 'status', header: 'Confirmation status', cell: (one) => <StatusIndicator type={one.UserStatus === 'CONFIRMED' ? 'success' : 'pending'}>{one.UserStatus}</StatusIndicator>, value: (one) => one.UserStatus, width: 180 },
          { id: 'enabled', header: 'Status', cell: (one) => (one.Enabled ? 'Enabled' : 'Disabled'), value: (one) => String(one.Enabled) },
          { id: 'sub', header: 'sub', cell: (one) => attributeOf(one, 'sub'), value: (one) => attributeOf(one, 'sub'), width: 300 },
          { id: 'created', header: 'Created', cell: (one) => when(one.UserCreateDate), value: (one) => one.UserCreateDate?.toISOString(), width: 170 },
        ]}
      />
      {dialog?.kind === 'create' && <CreateUser pool={pool} close={close} />}
      {dialog?.kind === 'password' && <SetPassword pool={UserPoolId} user={dialog.user!.Username!} close={close} />}
      {dialog?.kind === 'groups' && <UserGroups pool={UserPoolId} user={dialog.user!.Username!} groups={groups.value ?? []} close={() => setDialog(undefined)} />}
    </SpaceBetween>
  )
}

function CreateUser({ pool, close }: { pool: UserPoolType; close: (done: boolean) => void }) {
  const [form, set] = useForm({ name: '', email: '', verified: true, password: '', mail: false })
  const byMail = pool.UsernameAttributes?.includes('email')
  return (
    <Dialog
      title="Create user"
      submit="Create user"
      close={close}
      act={async () => {
        await cognito.send(
          new AdminCreateUserCommand({
            UserPoolId: pool.Id,
            Username: byMail ? form.email : form.name,
            TemporaryPassword: form.password || undefined,
            MessageAction: form.mail ? undefined : 'SUPPRESS',
            DesiredDeliveryMediums: form.mail ? ['EMAIL'] : undefined,
            UserAttributes: form.email ? [{ Name: 'email', Value: form.email }, { Name: 'email_verified', Value: String(form.verified) }] : undefined,
          }),
        )
        say(`User ${byMail ? form.email : form.name} was created.`)
      }}
    >
      {!byMail && <Text label="User name" value={form.name} set={(name) => set({ name })} />}
      <Text label="Email address" type="email" value={form.email} set={(email) => set({ email })} />
      <Check label="Mark email address as verified" value={form.verified} set={(verified) => set({ verified })} />
      <Text label="Temporary password" optional type="password" value={form.password} set={(password) => set({ password })} description="Must be changed at the first sign-in. Without one, Cognito makes it." />
      <Check label="Send an invitation by email" description="It arrives in the inbox here." value={form.mail} set={(mail) => set({ mail })} />
    </Dialog>
  )
}

function SetPassword({ pool, user, close }: { pool: string; user: string; close: (done: boolean) => void }) {
  const [form, set] = useForm({ password: '', permanent: true })
  return (
    <Dialog title={`Set the password of ${user}`} submit="Set password" close={close} disabled={!form.password} act={async () => { await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId: pool, Username: user, Password: form.password, Permanent: form.permanent })); say(`The password of ${user} was set.`) }}>
      <Text label="Password" type="password" value={form.password} set={(password) => set({ password })} />
      <Check label="Permanent" description="Otherwise it must be changed at the next sign-in." value={form.permanent} set={(permanent) => set({ permanent })} />
    </Dialog>
  )
}

function UserGroups({ pool, user, groups, close }: { pool: string; user: string; groups: GroupType[]; close: () => void }) {
  const now = useLoad(async () => ((await cognito.send(new AdminListGroupsForUserCommand({ UserPoolId: pool, Username: user }))).Groups ?? []).map((one) => one.GroupName!))
  const [chosen, setChosen] = useState<string[]>()
  const value = chosen ?? now.value ?? []
  return (
    <Dialog
      title={`Groups of ${user}`}
      submit="Save"
      close={close}
      act={async () => {
        for (const GroupName of value) if (!now.value?.includes(GroupName)) await cognito.send(new AdminAddUserToGroupCommand({ UserPoolId: pool, Username: user, GroupName }))
        for (const GroupName of now.value ?? []) if (!value.includes(GroupName)) await cognito.send(new AdminRemoveUserFromGroupCommand({ UserPoolId: pool, Username: user, GroupName }))
        say(`The groups of ${user} were saved.`)
      }}
    >
      <ChooseMany label="Groups" value={value} set={setChosen} choices={groups.map((one) => ({ value: one.GroupName!, description: one.Description }))} />
      <Failure error={now.error} />
    </Dialog>
  )
}

const groupsOf = (UserPoolId: string) =>
  all<GroupType, string>(async (NextToken) => {
    const page = await cognito.send(new ListGroupsCommand({ UserPoolId, NextToken }))
    return [page.Groups, page.NextToken]
  })

function Groups({ pool }: { pool: string }) {
  const groups = useLoad(() => groupsOf(pool))
  const [form, set] = useForm({ open: false, name: '', description: '', precedence: '' })
  return (
    <>
      <List
        title="Groups"
        noun="group"
        loaded={groups}
        id={(one) => one.GroupName!}
        remove={(one) => cognito.send(new DeleteGroupCommand({ UserPoolId: pool, GroupName: one.GroupName }))}
        empty="A user's groups are in the tokens, as cognito:groups."
        actions={() => <Button variant="primary" onClick={() => set({ open: true, name: '', description: '', precedence: '' })}>Create group</Button>}
        columns={[
          { id: 'name', header: 'Group name', cell: (one) => one.GroupName, value: (one) => one.GroupName, width: 200 },
          { id: 'description', header: 'Description', cell: (one) => one.Description || '–', value: (one) => one.Description, width: 260 },
          { id: 'precedence', header: 'Precedence', cell: (one) => one.Precedence ?? '–', value: (one) => one.Precedence },
          { id: 'created', header: 'Created', cell: (one) => when(one.CreationDate), width: 170 },
        ]}
      />
      {form.open && (
        <Dialog
          title="Create group"
          submit="Create group"
          close={(done) => { set({ open: false }); if (done) groups.reload() }}
          act={() => cognito.send(new CreateGroupCommand({ UserPoolId: pool, GroupName: form.name, Description: form.description || undefined, Precedence: form.precedence ? Number(form.precedence) : undefined }))}
        >
          <Text label="Group name" value={form.name} set={(name) => set({ name })} />
          <Text label="Description" optional value={form.description} set={(description) => set({ description })} />
          <Text label="Precedence" optional type="number" value={form.precedence} set={(precedence) => set({ precedence })} />
        </Dialog>
      )}
    </>
  )
}

function Clients({ pool }: { pool: string }) {
  const clients = useLoad(() => clientsOf(pool))
  const [form, set] = useForm({ open: false, name: '', secret: true })
  return (
    <>
      <List
        title="App clients"
        noun="app client"
        loaded={clients}
        id={(one) => one.ClientName!}
        remove={(one) => cognito.send(new DeleteUserPoolClientCommand({ UserPoolId: pool, ClientId: one.ClientId }))}
        empty="An app client is one app that may sign people in."
        actions={() => <Button variant="primary" onClick={() => set({ open: true, name: '' })}>Add an app client</Button>}
        columns={[
          { id: 'name', header: 'App client name', cell: (one) => <To href={to('cognito', pool, 'clients', one.ClientId!)}>{one.ClientName}</To>, value: (one) => one.ClientName, width: 220 },
          { id: 'id', header: 'Client ID', cell: (one) => <Copy text={one.ClientId} />, value: (one) => one.ClientId, width: 300 },
        ]}
      />
      {form.open && (
        <Dialog
          title="Add an app client"
          submit="Create app client"
          close={(done) => { if (!done) set({ open: false }) }}
          disabled={!form.name}
          act={async () => {
            const made = await cognito.send(new CreateUserPoolClientCommand({ UserPoolId: pool, ClientName: form.name, GenerateSecret: form.secret }))
            say(`App client ${form.name} was created.`)
            go(to('cognito', pool, 'clients', made.UserPoolClient!.ClientId!))
          }}
        >
          <Text label="App client name" value={form.name} set={(name) => set({ name })} />
          <Check label="Generate client secret" description="For an app with a server of its own. A page or a phone cannot keep a secret." value={form.secret} set={(secret) => set({ secret })} />
        </Dialog>
      )}
    </>
  )
}

const scopes = ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'].map((value) => ({ value }))

function Client({ pool, id }: { pool: string; id: string }) {
  const loaded = useLoad(async () => {
    const [client, owner] = await Promise.all([clientOf(pool, id), poolOf(pool)])
    return { client, owner }
  })
  const [deleting, setDeleting] = useState(false)
  return (
    <Detail title={loaded.value?.client.ClientName ?? id} loaded={loaded} description={loaded.value && `App client of ${loaded.value.owner.Name}`} audit={{ type: 'AWS::Cognito::UserPoolClient', id, noun: 'app client' }} actions={() => <Button onClick={() => setDeleting(true)}>Delete</Button>}>
      {({ client, owner }) => (
        <SpaceBetween size="l">
          <ClientDetails client={client} />
          <HostedPages client={client} owner={owner} reload={loaded.reload} />
          {deleting && <ConfirmDelete names={[client.ClientName!]} noun="app client" nouns="app clients" act={() => cognito.send(new DeleteUserPoolClientCommand({ UserPoolId: pool, ClientId: id }))} close={(done) => { setDeleting(false); if (done) go(`${to('cognito', pool)}?tab=clients`) }} />}
        </SpaceBetween>
      )}
    </Detail>
  )
}

function ClientDetails({ client }: { client: UserPoolClientType }) {
  const [shown, setShown] = useState(false)
  return (
    <Section title="App client information">
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'App client ID', value: <Copy text={client.ClientId} /> },
          {
            label: 'App client secret',
            value: client.ClientSecret ? (
              <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                {shown ? <Copy text={client.ClientSecret} /> : '••••••••••••••••'}
                <Button variant="inline-link" onClick={() => setShown(!shown)}>
                  {shown ? 'Hide' : 'Show client secret'}
                </Button>
              </SpaceBetween>
            ) : (
              'None: a public client'
            ),
          },
          { label: 'Authentication flows', value: client.ExplicitAuthFlows?.join(', ') || 'SRP, custom, refresh token (default)' },
          { label: 'Token lifetimes', value: `access ${client.AccessTokenValidity ?? 60} ${client.TokenValidityUnits?.AccessToken ?? 'minutes'} · ID ${client.IdTokenValidity ?? 60} ${client.TokenValidityUnits?.IdToken ?? 'minutes'} · refresh ${client.RefreshTokenValidity ?? 30} ${client.TokenValidityUnits?.RefreshToken ?? 'days'}` },
        ]}
      />
    </Section>
  )
}

const signInUrl = (owner: UserPoolType, client: UserPoolClientType, region: string) =>
  owner.Domain && client.CallbackURLs?.[0]
    ? `https://${owner.Domain}.auth.${region}.amazoncognito.com/login?response_type=${client.AllowedOAuthFlows?.[0] === 'implicit' ? 'token' : 'code'}&client_id=${client.ClientId}&redirect_uri=${encodeURIComponent(client.CallbackURLs[0])}`
    : undefined

function HostedPages({ client, owner, reload }: { client: UserPoolClientType; owner: UserPoolType; reload: () => void }) {
  const region = useLoad(async () => (await session()).region).value
  const [editing, setEditing] = useState(false)
  const url = region && signInUrl(owner, client, region)
  return (
    <Section
      title="App client settings"
      description="Which sign-in pages the app may use, and where they may send people back."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setEditing(true)}>Edit</Button>
          <Button iconName="external" disabled={!url} href={url ? local(url) : undefined} target="_blank">
            Open sign-in page
          </Button>
        </SpaceBetween>
      }
    >
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Enabled identity providers', value: client.SupportedIdentityProviders?.join(', ') || 'None' },
          { label: 'Allowed OAuth flows', value: client.AllowedOAuthFlowsUserPoolClient ? client.AllowedOAuthFlows?.join(', ') || 'None' : 'Off' },
          { label: 'Callback URLs', value: client.CallbackURLs?.map((one) => <div key={one}>{one}</div>) ?? 'None' },
          { label: 'Allowed OAuth scopes', value: client.AllowedOAuthScopes?.join(', ') || 'None' },
          { label: 'Sign out URLs', value: client.LogoutURLs?.map((one) => <div key={one}>{one}</div>) ?? 'None' },
          { label: 'Sign-in page', value: url ? <Copy text={url} /> : <Muted>{owner.Domain ? 'Needs a callback URL' : 'The pool has no domain yet'}</Muted> },
        ]}
      />
      {editing && <ClientSettings client={client} close={(done) => { setEditing(false); if (done) reload() }} />}
    </Section>
  )
}

function ClientSettings({ client, close }: { client: UserPoolClientType; close: (done: boolean) => void }) {
  const [form, set] = useForm({
    providers: client.SupportedIdentityProviders ?? [],
    callbacks: client.CallbackURLs?.join('\n') ?? '',
    logouts: client.LogoutURLs?.join('\n') ?? '',
    flows: client.AllowedOAuthFlows as string[] ?? [],
    scopes: client.AllowedOAuthScopes ?? [],
    passwordFlow: client.ExplicitAuthFlows?.includes('ALLOW_USER_PASSWORD_AUTH') ?? false,
  })
  const act = async () => {
    const { ClientSecret: _, CreationDate: __, LastModifiedDate: ___, ...kept } = client
    await cognito.send(
      new UpdateUserPoolClientCommand({
        ...(kept as { UserPoolId: string; ClientId: string }),
        SupportedIdentityProviders: form.providers,
        CallbackURLs: lines(form.callbacks),
        LogoutURLs: lines(form.logouts),
        AllowedOAuthFlows: form.flows as OAuthFlowType[],
        AllowedOAuthScopes: form.scopes,
        AllowedOAuthFlowsUserPoolClient: form.flows.length > 0,
        ExplicitAuthFlows: form.passwordFlow ? [...new Set([...(client.ExplicitAuthFlows ?? ['ALLOW_USER_SRP_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]), 'ALLOW_USER_PASSWORD_AUTH' as const])] : client.ExplicitAuthFlows?.filter((one) => one !== 'ALLOW_USER_PASSWORD_AUTH'),
      }),
    )
    say('The app client settings were saved.')
  }
  return (
    <Dialog title="App client settings" size="large" submit="Save changes" act={act} close={close}>
      <ChooseMany label="Enabled identity providers" value={form.providers} set={(providers) => set({ providers })} choices={[{ value: 'COGNITO', label: 'Cognito User Pool' }, ...form.providers.filter((one) => one !== 'COGNITO').map((value) => ({ value }))]} />
      <Lines label="Callback URL(s)" value={form.callbacks} set={(callbacks) => set({ callbacks })} rows={2} placeholder="https://www.example.com/authenticate" description="Where the sign-in page sends people with their code; one a line." />
      <Lines label="Sign out URL(s)" value={form.logouts} set={(logouts) => set({ logouts })} rows={2} />
      <ChooseMany label="Allowed OAuth Flows" value={form.flows} set={(flows) => set({ flows })} choices={[{ value: 'code', label: 'Authorization code grant' }, { value: 'implicit', label: 'Implicit grant' }, { value: 'client_credentials', label: 'Client credentials' }]} />
      <ChooseMany label="Allowed OAuth Scopes" value={form.scopes} set={(scopes) => set({ scopes })} choices={[...scopes, ...form.scopes.filter((one) => !scopes.some((known) => known.value === one)).map((value) => ({ value }))]} />
      <Check label="Allow sign-in with user name and password through the API" description="ALLOW_USER_PASSWORD_AUTH" value={form.passwordFlow} set={(passwordFlow) => set({ passwordFlow })} />
    </Dialog>
  )
}

function Domain({ pool, reload }: { pool: UserPoolType; reload: () => void }) {
  const region = useLoad(async () => (await session()).region).value
  const [form, set] = useForm({ open: false, prefix: '' })
  const [deleting, setDeleting] = useState(false)
  const full = pool.Domain && `https://${pool.Domain}.auth.${region}.amazoncognito.com`
  return (
    <Section
      title="Cognito domain"
      description="The host name of the sign-in pages and of the OAuth endpoints."
      actions={pool.Domain ? <Button onClick={() => setDeleting(true)}>Delete Cognito domain</Button> : <Button variant="primary" onClick={() => set({ open: true })}>Create Cognito domain</Button>}
    >
      {pool.Domain ? (
        <KeyValuePairs columns={2} items={[{ label: 'Domain', value: <Copy text={full} /> }, { label: 'Here', value: <Copy text={local(full!)} /> }]} />
      ) : (
        <Box color="text-body-secondary">The pool has no domain, so no sign-in pages yet.</Box>
      )}
      {pool.CustomDomain && <Alert type="info">Custom domain: {pool.CustomDomain}</Alert>}
      {form.open && (
        <Dialog title="Create Cognito domain" submit="Create Cognito domain" disabled={!form.prefix} close={(done) => { set({ open: false }); if (done) reload() }} act={async () => { await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId: pool.Id, Domain: form.prefix })); say(`The domain ${form.prefix} is ready.`) }}>
          <Text label="Domain prefix" value={form.prefix} set={(prefix) => set({ prefix })} placeholder="my-app" constraint={`https://${form.prefix || '<prefix>'}.auth.${region ?? '…'}.amazoncognito.com`} />
        </Dialog>
      )}
      {deleting && <ConfirmDelete names={[pool.Domain!]} noun="domain" nouns="domains" act={() => cognito.send(new DeleteUserPoolDomainCommand({ UserPoolId: pool.Id, Domain: pool.Domain }))} close={(done) => { setDeleting(false); if (done) reload() }} />}
    </Section>
  )
}

function Attributes({ pool, reload }: { pool: UserPoolType; reload: () => void }) {
  const [form, set] = useForm({ open: false, name: '', type: 'String', mutable: true })
  return (
    <>
      <List
        title="Attributes"
        noun="attribute"
        loaded={{ value: pool.SchemaAttributes ?? [], error: undefined, busy: false, reload }}
        id={(one) => one.Name!}
        actions={() => <Button onClick={() => set({ open: true, name: '' })}>Add custom attribute</Button>}
        columns={[
          { id: 'name', header: 'Name', cell: (one) => one.Name, value: (one) => one.Name, width: 200 },
          { id: 'type', header: 'Type', cell: (one) => one.AttributeDataType },
          { id: 'required', header: 'Required', cell: (one) => (one.Required ? <Badge color="blue">Required</Badge> : 'No'), value: (one) => String(one.Required) },
          { id: 'mutable', header: 'Mutable', cell: (one) => (one.Mutable ? 'Yes' : 'No') },
        ]}
      />
      {form.open && (
        <Dialog title="Add custom attribute" submit="Add" close={(done) => { set({ open: false }); if (done) reload() }} act={() => cognito.send(new AddCustomAttributesCommand({ UserPoolId: pool.Id, CustomAttributes: [{ Name: form.name, AttributeDataType: form.type as 'String', Mutable: form.mutable }] }))}>
          <Text label="Name" value={form.name} set={(name) => set({ name })} description="The prefix custom: is added by itself." />
          <Choose label="Type" value={form.type} set={(type) => set({ type })} choices={['String', 'Number', 'Boolean', 'DateTime'].map((value) => ({ value }))} />
          <Check label="Mutable" value={form.mutable} set={(mutable) => set({ mutable })} />
        </Dialog>
      )}
    </>
  )
}

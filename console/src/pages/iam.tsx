import {
  AttachRolePolicyCommand, CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, DetachRolePolicyCommand, GetPolicyCommand, GetPolicyVersionCommand, GetRoleCommand, GetRolePolicyCommand, ListAttachedRolePoliciesCommand, ListPoliciesCommand, ListRolePoliciesCommand, ListUsersCommand, PutRolePolicyCommand, SimulatePrincipalPolicyCommand, UpdateAssumeRolePolicyCommand,
  type EvaluationResult, type Policy, type Role, type User,
} from '@aws-sdk/client-iam'
import { useState } from 'react'
import { all } from '../kit/aws'
import { Dialog } from '../kit/dialog'
import { Editor } from '../kit/editor'
import { Failure } from '../kit/failure'
import { Choose, Copy, lines, Lines, Mono, Muted, Text, useForm, when } from '../kit/fields'
import { List } from '../kit/list'
import { useAct, useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Create, Detail, Section, useTitle } from '../kit/page'
import { iam, roles, trustOf } from '../kit/role'
import { setQuery, To, to, usePlace } from '../kit/route'
import { Badge, Button, ContentLayout, ExpandableSection, Header, KeyValuePairs, SpaceBetween, StatusIndicator, Tabs } from '../ui'

export default function Iam({ parts: [part, name] }: { parts: string[] }) {
  if (part === 'roles' && name === 'create') return <CreateRole />
  if (part === 'roles' && name !== undefined) return <OneRole name={name} key={name} />
  return <Overview />
}

function Overview() {
  useTitle('Access management')
  const tab = usePlace().query.get('tab') ?? 'roles'
  return (
    <ContentLayout header={<Header variant="h1" description="Who may do what. Every call here is judged by these policies, the console's own too.">Identity and Access Management (IAM)</Header>}>
      <Tabs
        activeTabId={tab}
        onChange={({ detail }) => setQuery('tab', detail.activeTabId)}
        tabs={[
          { id: 'roles', label: 'Roles', content: <Roles /> },
          { id: 'policies', label: 'Policies', content: <Policies /> },
          { id: 'users', label: 'Users', content: <Users /> },
          { id: 'simulate', label: 'Policy simulator', content: <Simulator /> },
        ]}
      />
    </ContentLayout>
  )
}

const document = (text: string | undefined) => {
  try {
    return JSON.stringify(JSON.parse(decodeURIComponent(text ?? '')), null, 2)
  } catch {
    return text ?? ''
  }
}

const trusted = (role: Role) => [...decodeURIComponent(role.AssumeRolePolicyDocument ?? '').matchAll(/"(?:Service|AWS|Federated)"\s*:\s*(\[[^\]]*\]|"[^"]*")/g)].map((match) => match[1]!.replaceAll(/["[\]]/g, '')).join(', ')

const inlineOf = (RoleName: string) =>
  all<string, string>(async (Marker) => {
    const page = await iam.send(new ListRolePoliciesCommand({ RoleName, Marker }))
    return [page.PolicyNames, page.Marker]
  })

const attachedOf = async (RoleName: string) => (await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }))).AttachedPolicies ?? []

async function deleteRole(RoleName: string) {
  for (const one of await attachedOf(RoleName)) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: one.PolicyArn }))
  for (const PolicyName of await inlineOf(RoleName)) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
  await iam.send(new DeleteRoleCommand({ RoleName }))
}

const Roles = () => (
  <List
    title="Roles"
    noun="role"
    loaded={useLoad(roles)}
    id={(one) => one.RoleName!}
    create="/iam/roles/create"
    remove={(one) => deleteRole(one.RoleName!)}
    removeWarning="Whatever takes this role loses its rights at once."
    columns={[
      { id: 'name', header: 'Role name', cell: (one) => <To href={to('iam', 'roles', one.RoleName!)}>{one.RoleName}</To>, value: (one) => one.RoleName, width: 280 },
      { id: 'trusted', header: 'Trusted entities', cell: trusted, value: trusted, width: 260 },
      { id: 'path', header: 'Path', cell: (one) => one.Path, value: (one) => one.Path },
      { id: 'created', header: 'Created', cell: (one) => when(one.CreateDate), value: (one) => one.CreateDate?.toISOString(), width: 170 },
    ]}
  />
)

function CreateRole() {
  const [form, set] = useForm({ name: '', service: 'lambda.amazonaws.com', trust: '', description: '' })
  const act = async () => {
    await iam.send(new CreateRoleCommand({ RoleName: form.name, AssumeRolePolicyDocument: form.service === 'custom' ? form.trust : trustOf(form.service), Description: form.description || undefined }))
    say(`Role ${form.name} was created. It may do nothing yet: add policies.`)
    return to('iam', 'roles', form.name)
  }
  return (
    <Create title="Create role" submit="Create role" cancel="/iam" act={act} disabled={!form.name}>
      <Section title="Trusted entity" description="Who may take the role.">
        <Choose label="Use case" value={form.service} set={(service) => set({ service, trust: form.trust || JSON.stringify(JSON.parse(trustOf('lambda.amazonaws.com')), null, 2) })} choices={[{ value: 'lambda.amazonaws.com', label: 'Lambda' }, { value: 'apigateway.amazonaws.com', label: 'API Gateway' }, { value: 'cloudformation.amazonaws.com', label: 'CloudFormation' }, { value: 'custom', label: 'Custom trust policy' }]} />
        {form.service === 'custom' && <Editor label="Trust policy" language="json" value={form.trust} set={(trust) => set({ trust })} />}
      </Section>
      <Section title="Role details">
        <Text label="Role name" value={form.name} set={(name) => set({ name })} />
        <Text label="Description" optional value={form.description} set={(description) => set({ description })} />
      </Section>
    </Create>
  )
}

function OneRole({ name }: { name: string }) {
  const loaded = useLoad(async () => {
    const [role, inline, attached] = await Promise.all([iam.send(new GetRoleCommand({ RoleName: name })), inlineOf(name), attachedOf(name)])
    const documents = await Promise.all(inline.map(async (PolicyName) => ({ name: PolicyName, arn: undefined as string | undefined, document: document((await iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName }))).PolicyDocument) })))
    return { role: role.Role!, policies: [...attached.map((one) => ({ name: one.PolicyName!, arn: one.PolicyArn, document: '' })), ...documents] }
  })
  const [dialog, setDialog] = useState<'attach' | 'inline' | 'trust'>()
  const [form, set] = useForm({ policy: '', name: '', document: '' })
  const close = (done: boolean) => {
    setDialog(undefined)
    if (done) loaded.reload()
  }
  return (
    <Detail title={name} loaded={loaded} audit={{ type: 'AWS::IAM::Role', id: name, noun: 'role' }}>
      {({ role, policies }) => (
        <SpaceBetween size="l">
          <Section title="Summary">
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'ARN', value: <Copy text={role.Arn} /> },
                { label: 'Created', value: when(role.CreateDate) },
                { label: 'Maximum session duration', value: `${(role.MaxSessionDuration ?? 3600) / 3600} h` },
                { label: 'Description', value: role.Description || '–' },
                { label: 'Trusted entities', value: trusted(role) || '–' },
                { label: 'Last used', value: role.RoleLastUsed?.LastUsedDate ? when(role.RoleLastUsed.LastUsedDate) : '–' },
              ]}
            />
          </Section>
          <Tabs
            tabs={[
              {
                id: 'permissions',
                label: 'Permissions',
                content: (
                  <List
                    title="Permissions policies"
                    noun="policy"
                    nouns="policies"
                    loaded={{ ...loaded, value: policies }}
                    id={(one) => one.name}
                    filterable={false}
                    empty="The role may do nothing."
                    remove={(one) => (one.arn ? iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn: one.arn })) : iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: one.name })))}
                    removeLabel="Remove"
                    actions={(chosen) => (
                      <>
                        <Button disabled={chosen.length !== 1 || !!chosen[0]!.arn} onClick={() => { set({ name: chosen[0]!.name, document: chosen[0]!.document }); setDialog('inline') }}>Edit</Button>
                        <Button onClick={() => setDialog('attach')}>Attach policy</Button>
                        <Button onClick={() => { set({ name: '', document: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: '*' }] }, null, 2) }); setDialog('inline') }}>Create inline policy</Button>
                      </>
                    )}
                    columns={[
                      { id: 'name', header: 'Policy name', cell: (one) => (one.arn ? one.name : <ExpandableSection headerText={one.name}><Mono>{one.document}</Mono></ExpandableSection>), value: (one) => one.name, width: 420 },
                      { id: 'type', header: 'Type', cell: (one) => (one.arn ? (one.arn.startsWith('arn:aws:iam::aws:') ? 'AWS managed' : 'Customer managed') : 'Customer inline'), value: (one) => one.arn },
                      { id: 'arn', header: 'ARN', cell: (one) => one.arn, width: 360 },
                    ]}
                  />
                ),
              },
              { id: 'trust', label: 'Trust relationships', content: <Section title="Trusted entities" actions={<Button onClick={() => { set({ document: document(role.AssumeRolePolicyDocument) }); setDialog('trust') }}>Edit trust policy</Button>}><Mono>{document(role.AssumeRolePolicyDocument)}</Mono></Section> },
              { id: 'simulate', label: 'Simulate', content: <Simulate arn={role.Arn!} /> },
            ]}
          />
          {dialog === 'attach' && <AttachPolicy role={name} close={close} />}
          {dialog === 'inline' && (
            <Dialog title="Inline policy" size="large" submit="Save" close={close} act={async () => { await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: form.name, PolicyDocument: form.document })); say(`Policy ${form.name} was saved.`) }}>
              <Text label="Policy name" value={form.name} set={(value) => set({ name: value })} />
              <Editor label="Policy document" language="json" value={form.document} set={(value) => set({ document: value })} height={300} />
            </Dialog>
          )}
          {dialog === 'trust' && (
            <Dialog title="Edit trust policy" size="large" submit="Update policy" close={close} act={() => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: form.document }))}>
              <Editor label="Trust policy" language="json" value={form.document} set={(value) => set({ document: value })} height={300} />
            </Dialog>
          )}
        </SpaceBetween>
      )}
    </Detail>
  )
}

const policies = () =>
  all<Policy, string>(async (Marker) => {
    const page = await iam.send(new ListPoliciesCommand({ Marker, MaxItems: 1000 }))
    return [page.Policies, page.Marker]
  })

function AttachPolicy({ role, close }: { role: string; close: (done: boolean) => void }) {
  const known = useLoad(policies)
  const [arn, setArn] = useState('')
  return (
    <Dialog title="Attach policy" submit="Add permissions" disabled={!arn} close={close} act={() => iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: arn }))}>
      <Choose label="Policy" value={arn} set={setArn} filter loading={known.busy} choices={(known.value ?? []).map((one) => ({ value: one.Arn!, label: one.PolicyName!, description: one.Arn }))} />
      <Failure error={known.error} />
    </Dialog>
  )
}

function Policies() {
  const [shown, setShown] = useState<Policy>()
  return (
    <SpaceBetween size="l">
      <List
        title="Policies"
        noun="policy"
        nouns="policies"
        loaded={useLoad(policies)}
        id={(one) => one.PolicyName!}
        columns={[
          { id: 'name', header: 'Policy name', cell: (one) => <Button variant="inline-link" onClick={() => setShown(one)}>{one.PolicyName}</Button>, value: (one) => one.PolicyName, width: 320 },
          { id: 'type', header: 'Type', cell: (one) => (one.Arn!.startsWith('arn:aws:iam::aws:') ? 'AWS managed' : 'Customer managed'), value: (one) => one.Arn },
          { id: 'used', header: 'Used as', cell: (one) => (one.AttachmentCount ? `Permissions policy (${one.AttachmentCount})` : 'None'), value: (one) => one.AttachmentCount, width: 180 },
          { id: 'description', header: 'Description', cell: (one) => one.Description || '–', width: 300 },
        ]}
      />
      {shown && <PolicyDocument policy={shown} />}
    </SpaceBetween>
  )
}

function PolicyDocument({ policy }: { policy: Policy }) {
  const loaded = useLoad(async () => {
    const { Policy: whole } = await iam.send(new GetPolicyCommand({ PolicyArn: policy.Arn }))
    return document((await iam.send(new GetPolicyVersionCommand({ PolicyArn: policy.Arn, VersionId: whole!.DefaultVersionId }))).PolicyVersion?.Document)
  }, policy.Arn)
  return (
    <Section title={policy.PolicyName!} description={policy.Arn}>
      <Failure error={loaded.error} />
      <Mono>{loaded.value ?? ''}</Mono>
    </Section>
  )
}

const Users = () => (
  <List
    title="Users"
    noun="user"
    loaded={useLoad(() =>
      all<User, string>(async (Marker) => {
        const page = await iam.send(new ListUsersCommand({ Marker }))
        return [page.Users, page.Marker]
      }),
    )}
    id={(one) => one.UserName!}
    empty="Users are for people and programs with keys of their own."
    columns={[
      { id: 'name', header: 'User name', cell: (one) => one.UserName, value: (one) => one.UserName, width: 240 },
      { id: 'arn', header: 'ARN', cell: (one) => <Copy text={one.Arn} />, value: (one) => one.Arn, width: 380 },
      { id: 'created', header: 'Created', cell: (one) => when(one.CreateDate), width: 170 },
    ]}
  />
)

function Simulator() {
  const known = useLoad(roles)
  const [arn, setArn] = useState('')
  return (
    <SpaceBetween size="l">
      <Section title="Whose rights?">
        <Choose label="Role" value={arn} set={setArn} filter loading={known.busy} choices={(known.value ?? []).map((one) => ({ value: one.Arn!, label: one.RoleName }))} />
        <Failure error={known.error} />
      </Section>
      {arn && <Simulate arn={arn} key={arn} />}
    </SpaceBetween>
  )
}

function Simulate({ arn }: { arn: string }) {
  const [form, set] = useForm({ actions: 'dynamodb:Scan\ndynamodb:DeleteTable', resources: '*' })
  const [results, setResults] = useState<EvaluationResult[]>()
  const { busy, error, run } = useAct()
  const simulate = () => run(async () => setResults((await iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: arn, ActionNames: lines(form.actions), ResourceArns: lines(form.resources) }))).EvaluationResults ?? []))
  return (
    <Section title="Simulate" description="What IAM would say, without doing it." actions={<Button variant="primary" loading={busy} onClick={() => void simulate()}>Run simulation</Button>}>
      <Lines label="Actions" value={form.actions} set={(actions) => set({ actions })} rows={3} description="One a line." />
      <Lines label="Resource ARNs" value={form.resources} set={(resources) => set({ resources })} rows={2} />
      <Failure error={error} />
      {results?.map((one) => (
        <div key={`${one.EvalActionName} ${one.EvalResourceName}`}>
          <StatusIndicator type={one.EvalDecision === 'allowed' ? 'success' : 'error'}>
            {one.EvalActionName} on {one.EvalResourceName}: {one.EvalDecision === 'allowed' ? 'allowed' : one.EvalDecision === 'explicitDeny' ? 'denied by a statement' : 'denied: no statement allows it'}
          </StatusIndicator>{' '}
          {one.MatchedStatements?.map((match) => <Badge key={match.SourcePolicyId}>{match.SourcePolicyId}</Badge>)}
        </div>
      ))}
      {results?.length === 0 && <Muted>No results</Muted>}
    </Section>
  )
}

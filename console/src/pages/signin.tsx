import { useEffect, useState } from 'react'
import { Failure, Steps } from '../kit/failure'
import { Choose, Copy, Lines, Mono, Muted, Text, useForm, when } from '../kit/fields'
import { useLoad } from '../kit/load'
import { Section, useTitle } from '../kit/page'
import { decode, makePkce, type Decoded } from '../kit/pkce'
import { useRequests } from '../kit/requests'
import { local, session } from '../kit/session'
import { Alert, Box, Button, ColumnLayout, ContentLayout, CopyToClipboard, ExpandableSection, Header, KeyValuePairs, SpaceBetween, StatusIndicator } from '../ui'
import { clientOf, clientsOf, poolOf, pools } from './cognito'

/** A code flow step by step: what is asked, what comes back, what was checked where. */
export default function SignIn() {
  useTitle('Sign-in inspector')
  const [form, set] = useForm({ pool: '', client: '', verifier: '', challenge: '', state: '', back: '', token: '' })
  const known = useLoad(async () => (await pools()).map((one) => ({ value: one.Id!, label: one.Name! })))
  const clients = useLoad(async () => (form.pool ? (await clientsOf(form.pool)).map((one) => ({ value: one.ClientId!, label: one.ClientName! })) : []), form.pool)
  const chosen = useLoad(async () => (form.pool && form.client ? { pool: await poolOf(form.pool), client: await clientOf(form.pool, form.client), region: (await session()).region } : undefined), `${form.pool} ${form.client}`)
  useEffect(() => void makePkce().then((pkce) => set({ ...pkce, state: crypto.randomUUID().slice(0, 8) })), [form.client])
  const { requests, error } = useRequests(true)
  const value = chosen.value
  const host = value?.pool.Domain && `https://${value.pool.Domain}.auth.${value.region}.amazoncognito.com`
  const redirect = value?.client.CallbackURLs?.[0]
  const authorize = host && redirect && `${host}/oauth2/authorize?${new URLSearchParams({ response_type: 'code', client_id: form.client, redirect_uri: redirect, scope: value.client.AllowedOAuthScopes?.join(' ') ?? 'openid', state: form.state, code_challenge: form.challenge, code_challenge_method: 'S256' })}`
  const back = readBack(form.back)
  const exchange = host && redirect && back.code && `curl -s ${local(`${host}/oauth2/token`)}${value.client.ClientSecret ? ` \\\n  -u ${form.client}:$CLIENT_SECRET` : ''} \\\n  -d grant_type=authorization_code -d client_id=${form.client} \\\n  -d code=${back.code} \\\n  --data-urlencode redirect_uri=${redirect} \\\n  -d code_verifier=${form.verifier}`
  const here = requests.filter((one) => value?.pool.Domain && one.request.includes(` ${value.pool.Domain}.auth.`)).slice(0, 8)
  const apiCalls = requests.filter((one) => one.service === 'execute-api' && one.steps.some((step) => step.check === 'authorizer' || /jwt|token/i.test(step.check))).slice(0, 5)
  const tokens = readTokens(form.token)
  return (
    <ContentLayout header={<Header variant="h1" description="Follow an authorization code from the app's request to the API's check, with what was verified where.">Sign-in inspector</Header>}>
      <SpaceBetween size="l">
        <Failure error={known.error ?? clients.error ?? chosen.error ?? error} />
        <Section title="1. The app" description="An app client of a user pool, with a callback URL and a domain.">
          <ColumnLayout columns={2}>
            <Choose label="User pool" value={form.pool} set={(pool) => set({ pool, client: '' })} choices={known.value ?? []} loading={known.busy} empty="No user pools" />
            <Choose label="App client" value={form.client} set={(client) => set({ client })} choices={clients.value ?? []} loading={clients.busy} empty="No app clients" />
          </ColumnLayout>
          {value && !authorize && <Alert type="info">The client needs {host ? 'a callback URL' : 'a domain of its pool'} before anyone can sign in through it.</Alert>}
        </Section>
        {authorize && (
          <SpaceBetween size="l">
            <Section title="2. Authorize" description="The app sends the browser here. The verifier stays with the app; only its hash, the challenge, travels." actions={<Button iconName="external" href={local(authorize)} target="_blank">Open sign-in page</Button>}>
              <KeyValuePairs columns={2} items={[...new URL(authorize).searchParams].map(([label, text]) => ({ label, value: text }))} />
              <KeyValuePairs columns={2} items={[{ label: 'code_verifier (kept by the app)', value: <Copy text={form.verifier} /> }, { label: 'Address', value: <Copy text={local(authorize)} /> }]} />
            </Section>
            <Section title="3. Log-in" description="What the sign-in pages were asked, the newest first. Passwords and codes are never kept.">
              {here.map((one) => (
                <ExpandableSection key={one.requestId} headerText={<StatusIndicator type={one.status >= 400 ? 'error' : 'success'}>{`${one.request} · ${one.status}`}</StatusIndicator>} headerDescription={when(one.time)}>
                  <Steps steps={one.steps} />
                </ExpandableSection>
              ))}
              {here.length === 0 && <Muted>Nothing yet: open the sign-in page.</Muted>}
            </Section>
            <Section title="4. The code comes back" description="Copy the address to which the browser was sent, and paste it here.">
              <Text label="Callback address" value={form.back} set={(text) => set({ back: text })} placeholder={`${redirect}?code=…&state=${form.state}`} />
              {back.code && (
                <SpaceBetween size="xs">
                  <Box>code: <b>{back.code}</b></Box>
                  <StatusIndicator type={back.state === form.state ? 'success' : 'error'}>{back.state === form.state ? 'state is the one that was sent: the answer belongs to this request' : `state is ${back.state ?? 'missing'}, sent was ${form.state}: an app must drop this answer`}</StatusIndicator>
                </SpaceBetween>
              )}
              {back.error && <StatusIndicator type="error">{back.error}</StatusIndicator>}
            </Section>
            {exchange && (
              <Section title="5. Token" description="The app's server exchanges the code once, within five minutes. The pool checks the client's secret, the redirect URI, and that SHA-256 of the verifier is the challenge.">
                <Mono wrap>{exchange}</Mono>
                <CopyToClipboard copyButtonText="Copy" textToCopy={exchange} copySuccessText="Copied" copyErrorText="Not copied" />
                <StatusIndicator type="success">{`PKCE: SHA-256 of the verifier is ${form.challenge}, as it was sent in step 2. Another verifier is refused with invalid_grant.`}</StatusIndicator>
              </Section>
            )}
          </SpaceBetween>
        )}
        <Section title="6. What the tokens say" description="Paste the answer of the token endpoint, or any token. Nothing is sent anywhere.">
          <Lines label="Answer or token" value={form.token} set={(token) => set({ token })} rows={3} placeholder='{"id_token":"…","access_token":"…"} or eyJ…' />
          {tokens.map(({ name, decoded }) => (
            <Token key={name} name={name} decoded={decoded} pool={form.pool} client={form.client} />
          ))}
          {form.token && tokens.length === 0 && <StatusIndicator type="error">No token could be read.</StatusIndicator>}
        </Section>
        <Section title="7. API call" description="Requests whose token an API's authorizer checked, the newest first.">
          {apiCalls.map((one) => (
            <ExpandableSection key={one.requestId} headerText={<StatusIndicator type={one.status >= 400 ? 'error' : 'success'}>{`${one.request} · ${one.status}`}</StatusIndicator>} headerDescription={when(one.time)}>
              <Steps steps={one.steps} />
            </ExpandableSection>
          ))}
          {apiCalls.length === 0 && <Muted>None yet.</Muted>}
        </Section>
      </SpaceBetween>
    </ContentLayout>
  )
}

function readBack(text: string): { code?: string; state?: string; error?: string } {
  if (!text) return {}
  const query = new URLSearchParams(text.includes('?') ? text.slice(text.indexOf('?')) : text)
  return { code: query.get('code') ?? undefined, state: query.get('state') ?? undefined, error: query.get('error') ?? undefined }
}

function readTokens(text: string): { name: string; decoded: Decoded }[] {
  const found: { name: string; decoded: Decoded }[] = []
  let named: Record<string, unknown> = { token: text }
  try {
    named = JSON.parse(text) as Record<string, unknown>
  } catch {
    // a bare token
  }
  for (const [name, token] of Object.entries(named)) {
    const decoded = typeof token === 'string' ? decode(token) : undefined
    if (decoded) found.push({ name, decoded })
  }
  return found
}

function Token({ name, decoded, pool, client }: { name: string; decoded: Decoded; pool: string; client: string }) {
  const [now] = useState(Date.now())
  const { header, claims } = decoded
  const expires = typeof claims['exp'] === 'number' ? claims['exp'] * 1000 : undefined
  const audience = claims['aud'] ?? claims['client_id']
  const checks: [ok: boolean, text: string][] = [
    [header['alg'] === 'RS256', `signed by ${String(header['alg'])}, key ${String(header['kid'] ?? 'unnamed')}: verified by whoever takes the token, with the pool's jwks.json`],
    [!pool || String(claims['iss']).endsWith(`/${pool}`), `issuer ${String(claims['iss'])}`],
    [!client || audience === client, `for client ${String(audience)} (${claims['aud'] ? 'aud' : 'client_id: an access token has no aud'})`],
    [!expires || expires > now, expires ? `expires ${when(expires)}` : 'never expires'],
  ]
  return (
    <ExpandableSection headerText={`${name} (${String(claims['token_use'] ?? 'unknown use')})`} defaultExpanded variant="footer">
      <SpaceBetween size="s">
        {checks.map(([ok, text]) => (
          <StatusIndicator key={text} type={ok ? 'success' : 'error'}>{text}</StatusIndicator>
        ))}
        <ColumnLayout columns={2}>
          <Mono>{JSON.stringify(header, null, 2)}</Mono>
          <Mono>{JSON.stringify(claims, null, 2)}</Mono>
        </ColumnLayout>
      </SpaceBetween>
    </ExpandableSection>
  )
}

import { useEffect, useState, type ReactNode } from 'react'
import { Failure, Steps } from '../kit/failure'
import { Choose, Copy, Lines, Mono, Muted, Text, useForm, when } from '../kit/fields'
import type { Trail } from '../kit/galley'
import { useAct, useLoad } from '../kit/load'
import { Section, useTitle } from '../kit/page'
import { decode, isSigned, makePkce, type Decoded } from '../kit/pkce'
import { useRequests } from '../kit/requests'
import { local, session } from '../kit/session'
import { Box, Alert, Button, ColumnLayout, ContentLayout, ExpandableSection, Header, KeyValuePairs, SpaceBetween, StatusIndicator } from '../ui'
import { apis, routesOf } from './apis'
import { clientOf, clientsOf, poolOf, pools } from './cognito'

interface Answer {
  status: number
  body: string
}

/** An app's own request, by an app's own means: no key and no cookie of the console's goes with it. */
async function ask(url: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' })
  return { status: answer.status, body: await answer.text() }
}

/** A code flow step by step: what is asked, what comes back, what was checked where. */
export default function SignIn() {
  useTitle('Sign-in inspector')
  const [form, set] = useForm({ pool: '', client: '', verifier: '', challenge: '', state: '', back: '', token: '', exchanged: undefined as Answer | undefined })
  const known = useLoad(async () => (await pools()).map((one) => ({ value: one.Id!, label: one.Name! })))
  const clients = useLoad(async () => (form.pool ? (await clientsOf(form.pool)).map((one) => ({ value: one.ClientId!, label: one.ClientName! })) : []), form.pool)
  const chosen = useLoad(async () => (form.pool && form.client ? { pool: await poolOf(form.pool), client: await clientOf(form.pool, form.client), region: (await session()).region } : undefined), `${form.pool} ${form.client}`)
  const begin = () => void makePkce().then((pkce) => set({ ...pkce, state: crypto.randomUUID().slice(0, 8), back: '', token: '', exchanged: undefined }))
  useEffect(begin, [form.client])
  const { requests, error } = useRequests(true)
  const exchange = useAct()
  const value = chosen.value
  const host = value?.pool.Domain && `https://${value.pool.Domain}.auth.${value.region}.amazoncognito.com`
  const redirect = value?.client.CallbackURLs?.[0]
  const authorize = host && redirect && `${host}/oauth2/authorize?${new URLSearchParams({ response_type: 'code', client_id: form.client, redirect_uri: redirect, scope: value.client.AllowedOAuthScopes?.join(' ') ?? 'openid', state: form.state, code_challenge: form.challenge, code_challenge_method: 'S256' })}`
  const back = readBack(form.back)
  const sent = { grant_type: 'authorization_code', client_id: form.client, code: back.code ?? '', redirect_uri: redirect ?? '', code_verifier: form.verifier }
  const spend = () =>
    exchange.run(async () => {
      const secret = value!.client.ClientSecret
      const answer = await ask(here(`${host}/oauth2/token`), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...(secret && { authorization: `Basic ${btoa(`${form.client}:${secret}`)}` }) },
        body: new URLSearchParams(sent).toString(),
      })
      set({ exchanged: answer, ...(answer.status === 200 && { token: answer.body }) })
    })
  const own = requests.filter((one) => value?.pool.Domain && one.request.includes(` ${value.pool.Domain}.auth.`))
  return (
    <ContentLayout header={<Header variant="h1" description="Follow an authorization code from the app's request to the API's check, with what was verified where. This page takes the app's part." actions={<Button onClick={begin}>Start again</Button>}>Sign-in inspector</Header>}>
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
              <Trails of={own.filter((one) => !one.request.includes('/oauth2/token')).slice(0, 8)} none="Open the sign-in page; its requests appear here." />
            </Section>
            <Section title="4. The code comes back" description="The browser was sent to the app's callback with a code. Copy that address, and paste it here.">
              <Text label="Callback address" value={form.back} set={(text) => set({ back: text, exchanged: undefined })} placeholder={`${redirect}?code=…&state=${form.state}`} />
              {back.code && (
                <SpaceBetween size="xs">
                  <Box>code: <b>{back.code}</b></Box>
                  <StatusIndicator type={back.state === form.state ? 'success' : 'error'}>{back.state === form.state ? 'state is the one that was sent: the answer belongs to this request' : `state is ${back.state ?? 'missing'}, sent was ${form.state}: an app must drop this answer`}</StatusIndicator>
                </SpaceBetween>
              )}
              {back.error && <StatusIndicator type="error">{back.error}</StatusIndicator>}
            </Section>
            {back.code && (
              <Section
                title="5. Token"
                description="The app exchanges the code once, within five minutes. The pool checks the client's secret, the redirect URI, and that SHA-256 of the verifier is the challenge."
                actions={<Button variant="primary" loading={exchange.busy} onClick={() => void spend()}>Exchange the code</Button>}
              >
                <KeyValuePairs columns={2} items={[{ label: 'POST', value: here(`${host}/oauth2/token`) }, { label: 'Client authentication', value: value.client.ClientSecret ? 'Authorization: Basic, id and secret' : 'None: a public client' }, ...Object.entries(sent).map(([label, text]) => ({ label, value: text }))]} />
                <StatusIndicator type="success">{`PKCE: SHA-256 of code_verifier is ${form.challenge}, the code_challenge of step 2. Another verifier is refused with invalid_grant.`}</StatusIndicator>
                <Failure error={exchange.error} title="The token endpoint could not be asked" />
                {form.exchanged && (
                  <SpaceBetween size="s">
                    <StatusIndicator type={form.exchanged.status === 200 ? 'success' : 'error'}>{form.exchanged.status === 200 ? 'The pool gave tokens; the code is spent' : `The pool refused: ${form.exchanged.status} ${form.exchanged.body}`}</StatusIndicator>
                    <Trails of={own.filter((one) => one.request.includes('/oauth2/token')).slice(0, 3)} none="What the pool checked appears here." />
                  </SpaceBetween>
                )}
              </Section>
            )}
          </SpaceBetween>
        )}
        <Section title="6. What the tokens say" description="Those of step 5, or the answer of a token endpoint, or any token. Their keys are fetched, nothing is sent anywhere.">
          <Lines label="Answer or token" value={form.token} set={(token) => set({ token })} rows={3} placeholder='{"id_token":"…","access_token":"…"} or eyJ…' />
          {readTokens(form.token).map(({ name, token, decoded }) => (
            <Token key={name} name={name} token={token} decoded={decoded} pool={form.pool} client={form.client} />
          ))}
          {form.token && readTokens(form.token).length === 0 && <StatusIndicator type="error">No token could be read.</StatusIndicator>}
        </Section>
        <Call token={form.token} requests={requests} />
      </SpaceBetween>
    </ContentLayout>
  )
}

/** As this page reaches it: by its own scheme, or the browser would not let it. */
const here = (url: string) => local(url).replace(/^http:/, location.protocol)

const Trails = ({ of, none }: { of: Trail[]; none: ReactNode }) => (
  <SpaceBetween size="xs">
    {of.map((one) => (
      <ExpandableSection key={one.requestId} headerText={<StatusIndicator type={one.status >= 400 ? 'error' : 'success'}>{`${one.request} · ${one.status}`}</StatusIndicator>} headerDescription={when(one.time)}>
        <Steps steps={one.steps} />
      </ExpandableSection>
    ))}
    {of.length === 0 && <Muted>{none}</Muted>}
  </SpaceBetween>
)

/** The API, asked with a token, and what its authorizer said. */
function Call({ token, requests }: { token: string; requests: Trail[] }) {
  const routes = useLoad(async () => {
    const found: { value: string; label: string }[] = []
    for (const api of await apis())
      for (const route of await routesOf(api.ApiId!)) {
        const [method, path] = route.RouteKey!.split(' ')
        if (route.AuthorizationType === 'JWT' && path && (method === 'GET' || method === 'ANY')) found.push({ value: here(api.ApiEndpoint ?? '') + path, label: `${api.Name}: ${route.RouteKey}` })
      }
    return found
  })
  const [form, set] = useForm({ url: '', use: 'access_token', answer: undefined as Answer | undefined, blocked: false })
  const { busy, run } = useAct()
  const tokens = readTokens(token)
  const bearer = (tokens.find((one) => one.name === form.use) ?? tokens[0])?.token
  const call = () =>
    run(async () => {
      set({ answer: undefined, blocked: false })
      try {
        set({ answer: await ask(form.url, { headers: { authorization: `Bearer ${bearer}` } }) })
      } catch {
        set({ blocked: true })
      }
    })
  const seen = requests.filter((one) => one.service === 'execute-api' && one.steps.some((step) => step.check === 'authorizer' || /jwt|token/i.test(step.check))).slice(0, 5)
  return (
    <Section
      title="7. API call"
      description="The API's authorizer checks signature, issuer, audience, expiry and scopes. What it said of the last requests stands below, the newest first."
      actions={<Button variant="primary" disabled={!form.url || !bearer} loading={busy} onClick={() => void call()}>Call the API</Button>}
    >
      <ColumnLayout columns={2}>
        <Choose label="Route with a JWT authorizer" value={form.url} set={(url) => set({ url, answer: undefined, blocked: false })} choices={routes.value ?? []} loading={routes.busy} empty="No route has a JWT authorizer" />
        <Choose label="Token" value={form.use} set={(use) => set({ use })} choices={[{ value: 'access_token' }, { value: 'id_token' }]} />
      </ColumnLayout>
      <Failure error={routes.error} />
      {!bearer && <Muted>Get tokens in step 5, or paste them in step 6.</Muted>}
      {form.blocked && (
        <Alert type="info" header="The browser did not let this page read the answer">
          <SpaceBetween size="xs">
            <div>The API’s CORS settings do not name {location.origin}, so no page of it may call the API: that is what protects it from other sites. From a terminal nothing stands in the way:</div>
            <Copy text={`curl -i ${form.url} -H 'Authorization: Bearer ${bearer}'`} />
          </SpaceBetween>
        </Alert>
      )}
      {form.answer && (
        <SpaceBetween size="xs">
          <StatusIndicator type={form.answer.status < 400 ? 'success' : 'error'}>{`The API answered ${form.answer.status}`}</StatusIndicator>
          <Mono wrap>{form.answer.body.slice(0, 10_000) || '(empty)'}</Mono>
        </SpaceBetween>
      )}
      <Trails of={seen} none="No request with a token yet." />
    </Section>
  )
}

function readBack(text: string): { code?: string; state?: string; error?: string } {
  if (!text) return {}
  const query = new URLSearchParams(text.includes('?') ? text.slice(text.indexOf('?')) : text)
  return { code: query.get('code') ?? undefined, state: query.get('state') ?? undefined, error: query.get('error') ?? undefined }
}

interface Named {
  name: string
  token: string
  decoded: Decoded
}

function readTokens(text: string): Named[] {
  const found: Named[] = []
  let named: Record<string, unknown> = { token: text }
  try {
    named = JSON.parse(text) as Record<string, unknown>
  } catch {
    // a bare token
  }
  for (const [name, token] of Object.entries(named)) {
    const decoded = typeof token === 'string' ? decode(token) : undefined
    if (decoded) found.push({ name, token: token as string, decoded })
  }
  return found
}

function Token({ name, token, decoded, pool, client }: { name: string; token: string; decoded: Decoded; pool: string; client: string }) {
  const [now] = useState(Date.now())
  const { header, claims } = decoded
  const issuer = String(claims['iss'])
  const keys = here(`${issuer}/.well-known/jwks.json`)
  const signed = useLoad(async () => {
    if (!/^https?:\/\/cognito-idp\./.test(keys)) return undefined
    const answer = await ask(keys, {})
    return isSigned(token, (JSON.parse(answer.body) as { keys?: [] }).keys ?? [])
  }, token)
  const expires = typeof claims['exp'] === 'number' ? claims['exp'] * 1000 : undefined
  const audience = claims['aud'] ?? claims['client_id']
  const checks: [ok: boolean, text: string][] = [
    [!pool || issuer.endsWith(`/${pool}`), `issuer ${issuer}`],
    [!client || audience === client, `for client ${String(audience)} (${claims['aud'] ? 'aud' : 'client_id: an access token has no aud'})`],
    [!expires || expires > now, expires ? `expires ${when(expires)}` : 'never expires'],
  ]
  return (
    <ExpandableSection headerText={`${name} (${String(claims['token_use'] ?? 'unknown use')})`} defaultExpanded variant="footer">
      <SpaceBetween size="s">
        <StatusIndicator type={signed.busy ? 'loading' : signed.value ? 'success' : signed.value === false ? 'error' : 'info'}>
          {signed.busy ? 'fetching the keys' : signed.value === undefined ? `signed by ${String(header['alg'])}; the keys of its issuer are not this installation's` : `signature by ${String(header['alg'])}, key ${String(header['kid'])}: ${signed.value ? 'verified here' : 'wrong'} with ${keys}`}
        </StatusIndicator>
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

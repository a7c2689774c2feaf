// Sign-in by authorization code with PKCE (no secret in the browser), then the API with the access token.
const config = await (await fetch('/config.json')).json()
const redirect = `${location.origin}/`
const [state, form, list] = ['state', 'form', 'notes'].map(id => document.getElementById(id))
const base64url = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)))

async function signInLink() {
  const [verifier, nonce] = [random(), random()]
  sessionStorage.setItem('verifier', verifier)
  sessionStorage.setItem('state', nonce)
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
  return `${config.signInUrl}/login?` + new URLSearchParams({ response_type: 'code', client_id: config.clientId, redirect_uri: redirect, scope: 'openid email', state: nonce, code_challenge: challenge, code_challenge_method: 'S256' })
}

async function exchange(code) {
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: config.clientId, code, redirect_uri: redirect, code_verifier: sessionStorage.getItem('verifier') })
  const answer = await fetch(`${config.signInUrl}/oauth2/token`, { method: 'POST', body })
  if (answer.ok) sessionStorage.setItem('token', (await answer.json()).access_token)
}

const api = (method, body) => fetch(`${config.apiUrl}/notes`, { method, body, headers: { authorization: `Bearer ${sessionStorage.getItem('token')}` } })

async function show() {
  const answer = await api('GET')
  if (!answer.ok) return ask()
  list.replaceChildren(...(await answer.json()).map(note => Object.assign(document.createElement('li'), { textContent: note.text })))
  state.textContent = 'You are signed in.'
  form.hidden = false
}

async function ask() {
  state.replaceChildren(Object.assign(document.createElement('a'), { className: 'button', href: await signInLink(), textContent: 'Sign in' }))
}

form.onsubmit = async event => {
  event.preventDefault()
  await api('POST', form.text.value)
  form.reset()
  await show()
}

const query = new URLSearchParams(location.search)
if (query.has('code') && query.get('state') === sessionStorage.getItem('state')) await exchange(query.get('code'))
if (query.has('code')) history.replaceState(null, '', '/')
await (sessionStorage.getItem('token') ? show() : ask())

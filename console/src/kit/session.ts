/** The page's own temporary credentials; what they may do is IAM's to say. */
export interface Session {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  expiration: Date
  region: string
  account: string
}

/** There is no session: the link that `galley start` prints makes one. */
export class NoSession extends Error {}

/** What no page of another origin can send (Edge/ConsoleSessions.cs). */
export const ownHeader = { 'x-galley-console': '1' }

let current: Promise<Session> | undefined

export async function session(): Promise<Session> {
  const known = await current?.catch(() => undefined)
  if (!known || known.expiration.getTime() - Date.now() < 60_000) current = ask()
  return current!
}

async function ask(): Promise<Session> {
  const answer = await fetch('/_galley/credentials', { headers: ownHeader })
  if (answer.status === 401) throw new NoSession('No session')
  if (!answer.ok) throw new Error(`Galley answered ${answer.status}`)
  const given = await answer.json()
  return { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.SessionToken, expiration: new Date(given.Expiration), region: given.Region, account: given.Account }
}

/** Galley's port: the page's own, or that of `npm run dev`'s Galley. */
export const port: string = import.meta.env.DEV ? import.meta.env['VITE_PORT'] : location.port

/** The names under which this installation answers: `https://x.cloudfront.net` → `http://x.cloudfront.localhost:4566`. */
export function local(url: string): string {
  const host = /^https?:\/\/([^/]+?)\.(?:amazonaws\.com|amazoncognito\.com|net|on\.aws)(\/.*)?$/.exec(url)
  return host ? `http://${host[1]}.localhost:${port}${host[2] ?? ''}` : url
}

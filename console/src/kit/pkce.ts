const base64url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

const bytesOf = (text: string) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))

/** A verifier and its S256 challenge (RFC 7636). */
export async function makePkce(): Promise<{ verifier: string; challenge: string }> {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)))
  return { verifier, challenge: await challengeOf(verifier) }
}

export const challengeOf = async (verifier: string) => base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))

export interface Decoded {
  header: Record<string, unknown>
  claims: Record<string, unknown>
}

const bare = (token: string) => token.trim().replace(/^Bearer /i, '')

/** What a JWT says; nothing is checked by reading it. */
export function decode(token: string): Decoded | undefined {
  try {
    const [header, claims] = bare(token).split('.', 2).map((part) => JSON.parse(new TextDecoder().decode(bytesOf(part))) as Record<string, unknown>)
    return header && claims ? { header, claims } : undefined
  } catch {
    return undefined
  }
}

/** Whether one of the keys has signed the token (RS256). */
export async function isSigned(token: string, keys: (JsonWebKey & { kid?: string })[]): Promise<boolean> {
  const key = keys.find((one) => one.kid === decode(token)?.header['kid'])
  const [header, claims, signature] = bare(token).split('.')
  if (!key || !signature) return false
  const imported = await crypto.subtle.importKey('jwk', key, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['verify'])
  return crypto.subtle.verify('RSASSA-PKCS1-v1_5', imported, bytesOf(signature), new TextEncoder().encode(`${header}.${claims}`))
}

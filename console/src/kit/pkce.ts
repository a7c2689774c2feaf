const base64url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

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

/** What a JWT says; nothing is checked by reading it. */
export function decode(token: string): Decoded | undefined {
  try {
    const [header, claims] = token.trim().replace(/^Bearer /i, '').split('.').map((part) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0)))) as Record<string, unknown>)
    return header && claims ? { header, claims } : undefined
  } catch {
    return undefined
  }
}

import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { config } from './aws'
import { ownHeader } from './session'

/** A request that is signed as the SDK signs. */
export async function signed(service: string, method: string, path: string, query: Record<string, string> = {}, body?: string): Promise<Response> {
  const signer = new SignatureV4({ service, region: await config.region(), credentials: config.credentials, sha256: Sha256 as never })
  const request = await signer.sign({
    method,
    protocol: location.protocol,
    hostname: location.hostname,
    port: location.port ? Number(location.port) : undefined,
    path,
    query,
    headers: { host: location.host, ...(body !== undefined && { 'content-type': 'application/json' }) },
    body,
  })
  const { host: _, ...headers } = request.headers
  const search = new URLSearchParams(query).toString()
  return fetch(path + (search && `?${search}`), { method, headers: { ...headers, ...ownHeader }, body })
}

async function read<T>(answer: Response): Promise<T> {
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw Object.assign(new Error(body.message ?? body.Message ?? `Galley answered ${answer.status}`), { name: answer.headers.get('x-amzn-errortype') ?? 'Error' })
  return body as T
}

/** Galley's own read API, for what AWS has no API for. Signed as every other call. */
export const galley = async <T>(path: string, query: Record<string, string> = {}) => read<T>(await signed('galley', 'GET', `/_galley/${path}`, query))

/** As {@link galley}, where the question is too long for an address. It changes nothing either. */
export const galleyPost = async <T>(path: string, body: object) => read<T>(await signed('galley', 'POST', `/_galley/${path}`, {}, JSON.stringify(body)))

export interface Step {
  check: string
  allowed: boolean
  why: string
  fix?: string
  /** Milliseconds after the request came. */
  at: number
  /** Milliseconds that it took, up to `at`. */
  took?: number
}

/** A request's trail. */
export interface Trail {
  requestId: string
  time: string
  request: string
  service: string
  status: number
  steps: Step[]
  milliseconds: number
  /** The same in all that one request to an API sets off. */
  trace?: string
  /** The edge's request that this one serves. */
  parent?: string
}

/** Requests that ended after a time, the newest first. */
export const requestsAfter = async (after: string | undefined) => (await galley<{ requests: Trail[] }>('requests', after ? { after } : {})).requests

export const endOf = (trail: Trail) => Date.parse(trail.time) + trail.milliseconds

import { record } from './calls'
import { ownHeader, session } from './session'

/** What every client of the AWS SDK is made with: this page's own origin, where the console's door hands signed calls to the AWS API. */
export const config = {
  region: async () => (await session()).region,
  endpoint: location.origin,
  credentials: async () => {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await session()
    return { accessKeyId, secretAccessKey, sessionToken, expiration }
  },
  maxAttempts: 1,
}

interface Client {
  middlewareStack: { add(middleware: never, options: never): void }
}

/** Has a client send the console's own header, and tell "Copy as" what it changes. */
export function recorded<C>(client: C, service: string): C {
  const middleware = (next: (args: { input: Record<string, unknown> }) => Promise<unknown>, context: { commandName?: string }) => async (args: { input: Record<string, unknown> }) => {
    const operation = (context.commandName ?? '').replace(/Command$/, '')
    try {
      const answer = await next(args)
      record(service, operation, args.input, false)
      return answer
    } catch (error) {
      record(service, operation, args.input, true)
      throw error
    }
  }
  ;(client as Client).middlewareStack.add(middleware as never, { step: 'initialize', name: 'copyAs' } as never)
  const own = (next: (args: unknown) => Promise<unknown>) => (args: { request: { headers: Record<string, string> } }) => {
    Object.assign(args.request.headers, ownHeader)
    return next(args)
  }
  ;(client as Client).middlewareStack.add(own as never, { step: 'build', name: 'ownHeader' } as never)
  return client
}

/** Reads all pages of a listing. */
export async function all<T, N>(page: (next: N | undefined) => Promise<[T[] | undefined, N | undefined]>, most = Infinity): Promise<T[]> {
  const found: T[] = []
  let next: N | undefined
  do {
    const [some, then] = await page(next)
    found.push(...(some ?? []))
    next = then
  } while (next !== undefined && next !== null && (next as unknown) !== '' && found.length < most)
  return found
}

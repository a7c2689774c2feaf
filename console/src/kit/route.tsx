import { useSyncExternalStore, type ReactNode } from 'react'
import { Link } from '../ui'

const moved = () => window.dispatchEvent(new Event('moved'))

export function go(path: string) {
  if (path !== location.pathname + location.search) history.pushState(null, '', path)
  moved()
  window.scrollTo(0, 0)
}

/** Changes the query without a new entry in the history. */
export function setQuery(name: string, value: string | undefined) {
  const query = new URLSearchParams(location.search)
  if (value === undefined) query.delete(name)
  else query.set(name, value)
  const search = query.toString()
  history.replaceState(null, '', location.pathname + (search && `?${search}`))
  moved()
}

const listen = (tell: () => void) => {
  window.addEventListener('popstate', tell)
  window.addEventListener('moved', tell)
  return () => {
    window.removeEventListener('popstate', tell)
    window.removeEventListener('moved', tell)
  }
}

export const usePath = () => useSyncExternalStore(listen, () => location.pathname + location.search)

/** The path's parts, decoded. */
export function usePlace(): { parts: string[]; query: URLSearchParams } {
  const [path = '/', search = ''] = usePath().split('?')
  return { parts: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(search) }
}

/** For Cloudscape's `onFollow`: our own pages without a load, all else as the browser would. */
export function follow(event: CustomEvent<{ href?: string; external?: boolean }>) {
  const { href, external } = event.detail
  if (!href || external || !href.startsWith('/')) return
  event.preventDefault()
  go(href)
}

export const to = (...parts: string[]) => '/' + parts.map(encodeURIComponent).join('/')

export const To = ({ href, children }: { href: string; children: ReactNode }) => (
  <Link href={href} onFollow={follow as never}>
    {children}
  </Link>
)

/** A link out of the console: to what was built. */
export const Out = ({ href, children }: { href: string; children?: ReactNode }) => (
  <Link href={href} external externalIconAriaLabel="Opens in a new tab">
    {children ?? href}
  </Link>
)

import { useCallback, useEffect, useRef, useState } from 'react'

export interface Loaded<T> {
  value: T | undefined
  error: unknown
  busy: boolean
  reload: () => void
}

/** Loads when `key` changes and on `reload`; what comes late from an earlier load is dropped. */
export function useLoad<T>(load: () => Promise<T>, key: string = ''): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown; busy: boolean; key: string }>({ busy: true, key })
  const [turn, setTurn] = useState(0)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    let current = true
    setState((old) => (old.key === key ? { ...old, busy: true } : { busy: true, key }))
    latest.current().then(
      (value) => current && setState({ value, busy: false, key }),
      (error: unknown) => current && setState({ error, busy: false, key }),
    )
    return () => {
      current = false
    }
  }, [key, turn])
  return { value: state.value, error: state.error, busy: state.busy, reload: useCallback(() => setTurn((n) => n + 1), []) }
}

export interface Pages<T> extends Loaded<T[]> {
  /** Reads the next page; undefined when there is none. */
  more: (() => void) | undefined
}

/** Reads a list page by page: the first at once, each other when it is asked for. */
export function usePages<T, N>(read: (from: N | undefined) => Promise<[T[], N | undefined]>, key: string = ''): Pages<T> {
  const [later, setLater] = useState<{ of: unknown; items: T[]; next: N | undefined }>()
  const { busy, error, run } = useAct()
  const first = useLoad(() => read(undefined), key)
  const added = later?.of === first.value ? later : undefined
  const next = added ? added.next : first.value?.[1]
  const value = first.value && (added ? [...first.value[0], ...added.items] : first.value[0])
  const more = () => void run(async () => {
    const [items, then] = await read(next)
    setLater({ of: first.value, items: [...(added?.items ?? []), ...items], next: then })
  })
  return { value, error: first.error ?? error, busy: first.busy || busy, reload: first.reload, more: next === undefined ? undefined : more }
}

/** Asks again and again while the page is looked at. */
export function useEvery(milliseconds: number, ask: () => Promise<unknown> | void) {
  const latest = useRef(ask)
  latest.current = ask
  useEffect(() => {
    let stopped = false
    let timer = 0
    const turn = async () => {
      if (!document.hidden) await Promise.resolve(latest.current()).catch(() => undefined)
      if (!stopped) timer = window.setTimeout(turn, milliseconds)
    }
    timer = window.setTimeout(turn, milliseconds)
    return () => {
      stopped = true
      window.clearTimeout(timer)
    }
  }, [milliseconds])
}

/** One act at a time, with its error. */
export function useAct() {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = useCallback(async (act: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true)
    setError(undefined)
    try {
      await act()
      return true
    } catch (failure) {
      setError(failure)
      return false
    } finally {
      setBusy(false)
    }
  }, [])
  return { busy, error, run, clear: useCallback(() => setError(undefined), []) }
}

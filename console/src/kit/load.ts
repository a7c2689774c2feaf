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

import { useState } from 'react'
import { endOf, requestsAfter, type Trail } from './galley'
import { useEvery, useLoad } from './load'

const most = 1000

/** All requests that Galley remembers, kept up to date while the page is looked at; no more than the last thousand. */
export function useRequests(running: boolean, milliseconds = 1500): { requests: Trail[]; error: unknown; clear: () => void } {
  const [requests, setRequests] = useState<Trail[]>([])
  const [since, setSince] = useState<string>()
  const [error, setError] = useState<unknown>()
  const ask = async () => {
    try {
      const found = await requestsAfter(since)
      setError(undefined)
      if (found.length === 0) return
      setSince(new Date(Math.max(...found.map(endOf)) - 1).toISOString())
      setRequests((old) => {
        const known = new Set(old.map((one) => one.requestId))
        const fresh = found.filter((one) => !known.has(one.requestId) && one.service !== 'console')
        return fresh.length ? [...fresh, ...old].sort((a, b) => b.time.localeCompare(a.time)).slice(0, most) : old
      })
    } catch (failure) {
      setError(failure)
    }
  }
  useLoad(ask)
  useEvery(milliseconds, () => (running ? ask() : undefined))
  return { requests, error, clear: () => { setSince(new Date().toISOString()); setRequests([]) } }
}

/** A request with all that it set off. */
export interface Tree {
  root: Trail
  children: Trail[]
}

/** The edge's request, the API's that serves it, and the calls of the API's function belong together. */
export function treesOf(requests: Trail[]): Tree[] {
  const byId = new Map(requests.map((one) => [one.requestId, one]))
  const apiByTrace = new Map(requests.filter((one) => one.trace && one.service === 'execute-api').map((one) => [one.trace!, one]))
  const rootOf = (one: Trail): Trail => {
    const api = one.trace ? apiByTrace.get(one.trace) : undefined
    if (api && api !== one) return rootOf(api)
    const parent = one.parent ? byId.get(one.parent) : undefined
    return parent && parent !== one ? rootOf(parent) : one
  }
  const trees = new Map<string, Tree>()
  for (const one of requests) {
    const root = rootOf(one)
    const tree = trees.get(root.requestId) ?? { root, children: [] }
    if (root !== one) tree.children.push(one)
    trees.set(root.requestId, tree)
  }
  for (const tree of trees.values()) tree.children.sort((a, b) => a.time.localeCompare(b.time))
  return [...trees.values()]
}

import { useSyncExternalStore } from 'react'

/** A call that changed something, as "Copy as" shows it. */
export interface Recorded {
  id: number
  time: Date
  service: string
  operation: string
  input: Record<string, unknown>
  failed: boolean
}

const most = 200
let calls: readonly Recorded[] = []
let next = 1
const listeners = new Set<() => void>()

const reads = /^(List|Describe|Get|Head|Scan|Query|Filter|Lookup|Simulate|BatchGet|Test|Validate|Explain|Start(Query|LiveTail))/

export function record(service: string, operation: string, input: Record<string, unknown>, failed: boolean) {
  if (reads.test(operation)) return
  calls = [{ id: next++, time: new Date(), service, operation, input, failed }, ...calls].slice(0, most)
  listeners.forEach((tell) => tell())
}

/** How many calls changed something so far. */
export const changes = () => next

export function forgetCalls() {
  calls = []
  listeners.forEach((tell) => tell())
}

export const useCalls = () => useSyncExternalStore((tell) => (listeners.add(tell), () => listeners.delete(tell)), () => calls)

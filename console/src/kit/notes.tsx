import { useSyncExternalStore } from 'react'
import { Flashbar, type FlashbarProps } from '../ui'

let notes: readonly FlashbarProps.MessageDefinition[] = []
let next = 1
const listeners = new Set<() => void>()

const set = (items: readonly FlashbarProps.MessageDefinition[]) => {
  notes = items
  listeners.forEach((tell) => tell())
}

/** Says above the page that something was done. */
export function say(content: string, type: FlashbarProps.Type = 'success') {
  const id = String(next++)
  const dismiss = () => set(notes.filter((note) => note.id !== id))
  set([{ id, type, content, dismissible: true, dismissLabel: 'Dismiss', onDismiss: dismiss }, ...notes.filter((note) => type !== 'success' || note.type !== 'success')].slice(0, 3))
  if (type === 'success') window.setTimeout(dismiss, 8000)
}

export const clearNotes = () => set([])

export const Notes = () => <Flashbar items={useSyncExternalStore((tell) => (listeners.add(tell), () => listeners.delete(tell)), () => notes)} />

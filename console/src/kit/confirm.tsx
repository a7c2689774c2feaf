import { useState } from 'react'
import { Alert, FormField, Input } from '../ui'
import { Dialog } from './dialog'
import { say } from './notes'

interface Props {
  names: string[]
  noun: string
  nouns: string
  warning?: string
  act: () => Promise<unknown>
  close: (done: boolean) => void
}

/** Asks before something goes for good. */
export function ConfirmDelete({ names, noun, nouns, warning, act, close }: Props) {
  const [typed, setTyped] = useState('')
  const one = names.length === 1
  return (
    <Dialog
      title={`Delete ${one ? noun : nouns}?`}
      submit="Delete"
      disabled={typed !== 'delete'}
      act={act}
      close={(done) => {
        if (done) say(`Deleted ${one ? `${noun} ${names[0]}` : `${names.length} ${nouns}`}.`)
        close(done)
      }}
    >
      <div>
        Delete {one ? `${noun} ` : `these ${nouns}: `}
        <b>{names.slice(0, 20).join(', ')}</b>
        {names.length > 20 ? ' …' : ''} for good? This cannot be undone.
      </div>
      {warning && <Alert type="warning">{warning}</Alert>}
      <FormField label="To confirm, type “delete”">
        <Input value={typed} placeholder="delete" autoFocus onChange={({ detail }) => setTyped(detail.value)} />
      </FormField>
    </Dialog>
  )
}

import { useState } from 'react'
import { Alert, Box, Button, FormField, Input, Modal, SpaceBetween } from '../ui'
import { Failure } from './failure'
import { useAct } from './load'
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
  const { busy, error, run } = useAct()
  const what = names.length === 1 ? `${noun} ${names[0]}` : `${names.length} ${nouns}`
  const confirm = async () => {
    if (await run(act)) {
      say(`Deleted ${what}.`)
      close(true)
    }
  }
  return (
    <Modal
      visible
      header={`Delete ${names.length === 1 ? noun : nouns}?`}
      closeAriaLabel="Close"
      onDismiss={() => close(false)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => close(false)}>
              Cancel
            </Button>
            <Button variant="primary" disabled={typed !== 'delete'} loading={busy} onClick={confirm}>
              Delete
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>
          Delete {names.length === 1 ? `${noun} ` : `these ${nouns}: `}
          <b>{names.slice(0, 20).join(', ')}</b>
          {names.length > 20 ? ' …' : ''} for good? This cannot be undone.
        </div>
        {warning && <Alert type="warning">{warning}</Alert>}
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (typed === 'delete') void confirm()
          }}
        >
          <FormField label="To confirm, type “delete”">
            <Input value={typed} placeholder="delete" autoFocus onChange={({ detail }) => setTyped(detail.value)} />
          </FormField>
        </form>
        <Failure error={error} />
      </SpaceBetween>
    </Modal>
  )
}

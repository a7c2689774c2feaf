import type { ReactNode } from 'react'
import { Box, Button, Modal, SpaceBetween } from '../ui'
import { Failure } from './failure'
import { useAct } from './load'

interface Props {
  title: string
  submit: string
  act: () => Promise<unknown>
  close: (done: boolean) => void
  disabled?: boolean
  size?: 'small' | 'medium' | 'large' | 'max'
  children: ReactNode
}

/** A small form over the page. */
export function Dialog({ title, submit, act, close, disabled, size, children }: Props) {
  const { busy, error, run } = useAct()
  const send = async () => {
    if (!disabled && !busy && (await run(act))) close(true)
  }
  return (
    <Modal
      visible
      size={size}
      header={title}
      closeAriaLabel="Close"
      onDismiss={() => close(false)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => close(false)}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={disabled} onClick={send}>
              {submit}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <SpaceBetween size="m">
          {children}
          <Failure error={error} />
        </SpaceBetween>
      </form>
    </Modal>
  )
}

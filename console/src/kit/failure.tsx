import { useState } from 'react'
import { Alert, Box, Button, SpaceBetween, StatusIndicator } from '../ui'
import { galley, type Step, type Trail } from './galley'

interface AwsFailure {
  name?: string
  message?: string
  $metadata?: { requestId?: string; httpStatusCode?: number }
}

/** An API's refusal, in AWS's words, with the way to why. */
export function Failure({ error, title }: { error: unknown; title?: string }) {
  const [trail, setTrail] = useState<Trail | 'none'>()
  if (!error) return null
  const { name, message, $metadata } = error as AwsFailure
  const id = $metadata?.requestId
  return (
    <Alert
      type="error"
      header={title ?? name ?? 'Error'}
      action={id && !trail && <Button onClick={() => galley<Trail>(`explain/${id}`).then(setTrail, () => setTrail('none'))}>Explain</Button>}
    >
      <SpaceBetween size="xs">
        <div>
          {title && name ? `${name}: ` : ''}
          {message || 'No message came with it.'}
        </div>
        {id && (
          <Box variant="small" color="text-body-secondary">
            Request id {id}
          </Box>
        )}
        {trail === 'none' ? <Box variant="small">Its trail is no longer kept.</Box> : trail && <Steps steps={trail.steps} />}
      </SpaceBetween>
    </Alert>
  )
}

/** What decided over a request, in its order. */
export const Steps = ({ steps }: { steps: Step[] }) => (
  <SpaceBetween size="xxs">
    {steps.map((step, index) => (
      <div key={index}>
        <StatusIndicator type={step.allowed ? 'success' : 'error'}>
          {step.check}: {step.why}
        </StatusIndicator>
        {step.fix && (
          <Box margin={{ left: 'l' }} variant="small">
            To pass: {step.fix}
          </Box>
        )}
      </div>
    ))}
    {steps.length === 0 && <Box color="text-body-secondary">No check had anything to say.</Box>}
  </SpaceBetween>
)

import { AddPermissionCommand, CreateFunctionUrlConfigCommand, DeleteFunctionUrlConfigCommand, GetFunctionUrlConfigCommand, UpdateFunctionUrlConfigCommand, type FunctionUrlAuthType, type GetFunctionUrlConfigResponse, type InvokeMode } from '@aws-sdk/client-lambda'
import { useState } from 'react'
import { ConfirmDelete } from '../kit/confirm'
import { Dialog } from '../kit/dialog'
import { Failure } from '../kit/failure'
import { Check, Copy, lines, Lines, Muted, Text, useForm, when } from '../kit/fields'
import { useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Section, Waiting } from '../kit/page'
import { Out } from '../kit/route'
import { local } from '../kit/session'
import { Alert, Button, FormField, KeyValuePairs, RadioGroup, SpaceBetween } from '../ui'
import { lambda, statements } from './lambda'

const authTypes = [
  { value: 'AWS_IAM', label: 'AWS_IAM', description: 'Only signed requests of principals that may invoke the function.' },
  { value: 'NONE', label: 'NONE', description: 'Open to everyone; the function itself must check who calls.' },
]

/** A function's own address, without an API. */
export default function FunctionUrl({ name }: { name: string }) {
  const loaded = useLoad(async (): Promise<GetFunctionUrlConfigResponse | null> => {
    try {
      return await lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: name }))
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return null
      throw error
    }
  })
  const [editing, setEditing] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const url = loaded.value
  return (
    <Section
      title="Function URL"
      description="An HTTPS address of the function’s own."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {url && <Button onClick={() => setDeleting(true)}>Delete</Button>}
          {url !== undefined && <Button variant={url ? 'normal' : 'primary'} onClick={() => setEditing(true)}>{url ? 'Edit' : 'Create function URL'}</Button>}
        </SpaceBetween>
      }
    >
      <Failure error={loaded.error} />
      {url === undefined && !loaded.error && <Waiting />}
      {url === null && <Muted>No function URL.</Muted>}
      {url && (
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Function URL', value: <Copy text={url.FunctionUrl} /> },
            { label: 'Here', value: <Out href={local(url.FunctionUrl!)} /> },
            { label: 'Auth type', value: url.AuthType ?? '–' },
            { label: 'Invoke mode', value: url.InvokeMode ?? 'BUFFERED' },
            { label: 'CORS', value: url.Cors ? `Origins ${url.Cors.AllowOrigins?.join(', ') || 'none'}, methods ${url.Cors.AllowMethods?.join(', ') || 'none'}` : 'Not configured' },
            { label: 'Created', value: when(url.CreationTime) },
          ]}
        />
      )}
      {editing && <Edit name={name} url={url ?? undefined} close={(done) => { setEditing(false); if (done) loaded.reload() }} />}
      {deleting && <ConfirmDelete names={[name]} noun="URL of function" nouns="function URLs" act={() => lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: name }))} close={(done) => { setDeleting(false); if (done) loaded.reload() }} />}
    </Section>
  )
}

function Edit({ name, url, close }: { name: string; url: GetFunctionUrlConfigResponse | undefined; close: (done: boolean) => void }) {
  const [form, set] = useForm({
    auth: url?.AuthType ?? 'AWS_IAM',
    stream: url?.InvokeMode === 'RESPONSE_STREAM',
    cors: !!url?.Cors,
    origins: url?.Cors?.AllowOrigins?.join('\n') ?? '*',
    methods: url?.Cors?.AllowMethods?.join('\n') ?? '*',
    headers: url?.Cors?.AllowHeaders?.join('\n') ?? '',
    age: String(url?.Cors?.MaxAge ?? 0),
    credentials: url?.Cors?.AllowCredentials ?? false,
  })
  const act = async () => {
    const input = {
      FunctionName: name,
      AuthType: form.auth as FunctionUrlAuthType,
      InvokeMode: (form.stream ? 'RESPONSE_STREAM' : 'BUFFERED') as InvokeMode,
      Cors: form.cors ? { AllowOrigins: lines(form.origins), AllowMethods: lines(form.methods), AllowHeaders: lines(form.headers), MaxAge: Number(form.age), AllowCredentials: form.credentials } : url?.Cors ? {} : undefined,
    }
    await (url ? lambda.send(new UpdateFunctionUrlConfigCommand(input)) : lambda.send(new CreateFunctionUrlConfigCommand(input)))
    if (form.auth === 'NONE') await openToAll(name)
    say(`Successfully ${url ? 'updated' : 'created'} the function URL of ${name}.`)
  }
  return (
    <Dialog title="Configure function URL" submit="Save" close={close} act={act}>
      <FormField label="Auth type">
        <RadioGroup value={form.auth} onChange={({ detail }) => set({ auth: detail.value as FunctionUrlAuthType })} items={authTypes} />
      </FormField>
      {form.auth === 'NONE' && <Alert type="warning">A statement in the function’s policy lets everybody call it, as AWS’s console adds it.</Alert>}
      <Check label="Stream the answer" description="Invoke mode RESPONSE_STREAM." value={form.stream} set={(stream) => set({ stream })} />
      <Check label="Configure cross-origin resource sharing (CORS)" value={form.cors} set={(cors) => set({ cors })} />
      {form.cors && (
        <SpaceBetween size="m">
          <Lines label="Allow origin" value={form.origins} set={(origins) => set({ origins })} rows={2} description="One a line." />
          <Lines label="Allow methods" value={form.methods} set={(methods) => set({ methods })} rows={2} />
          <Lines label="Allow headers" optional value={form.headers} set={(headers) => set({ headers })} rows={2} />
          <Text label="Max age (seconds)" type="number" value={form.age} set={(age) => set({ age })} />
          <Check label="Allow credentials" value={form.credentials} set={(credentials) => set({ credentials })} />
        </SpaceBetween>
      )}
    </Dialog>
  )
}

/** What AWS's console adds by itself: since October 2025 both actions are asked for. */
async function openToAll(name: string) {
  const known = (await statements(name)).map((one) => one.Sid)
  if (!known.includes('FunctionURLAllowPublicAccess')) await lambda.send(new AddPermissionCommand({ FunctionName: name, StatementId: 'FunctionURLAllowPublicAccess', Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' }))
  if (!known.includes('FunctionURLInvokeAllowPublicAccess')) await lambda.send(new AddPermissionCommand({ FunctionName: name, StatementId: 'FunctionURLInvokeAllowPublicAccess', Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true }))
}

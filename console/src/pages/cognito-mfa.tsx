import { GetUserPoolMfaConfigCommand, SetUserPoolMfaConfigCommand, type GetUserPoolMfaConfigResponse, type UserPoolMfaType } from '@aws-sdk/client-cognito-identity-provider'
import { useState } from 'react'
import { Dialog } from '../kit/dialog'
import { Failure } from '../kit/failure'
import { Check, Choose, Text, useForm } from '../kit/fields'
import { useLoad } from '../kit/load'
import { say } from '../kit/notes'
import { Section, Waiting } from '../kit/page'
import { isFor, roles } from '../kit/role'
import { Alert, Button, FormField, KeyValuePairs, RadioGroup, SpaceBetween, StatusIndicator } from '../ui'
import { cognito } from './cognito'

const service = 'cognito-idp.amazonaws.com'

export const enforcements = [
  { value: 'OFF', label: 'No MFA', description: 'A password is enough.' },
  { value: 'OPTIONAL', label: 'Optional MFA', description: 'Those who set up a second factor are asked for it.' },
  { value: 'ON', label: 'Require MFA', description: 'Everybody sets up a second factor at the next sign-in.' },
]

/** The second factors that the pool's people may have. */
export default function Mfa({ pool }: { pool: string }) {
  const loaded = useLoad(() => cognito.send(new GetUserPoolMfaConfigCommand({ UserPoolId: pool })))
  const [editing, setEditing] = useState(false)
  const value = loaded.value
  const state = (on: boolean | undefined) => <StatusIndicator type={on ? 'success' : 'stopped'}>{on ? 'Active' : 'Inactive'}</StatusIndicator>
  return (
    <Section title="Multi-factor authentication" description="What is asked besides the password." actions={value && <Button onClick={() => setEditing(true)}>Edit</Button>}>
      <Failure error={loaded.error} />
      {!value && !loaded.error && <Waiting />}
      {value && (
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'MFA enforcement', value: enforcements.find((one) => one.value === (value.MfaConfiguration ?? 'OFF'))?.label },
            { label: 'Authenticator apps', value: state(value.SoftwareTokenMfaConfiguration?.Enabled) },
            { label: 'Email message', value: state(!!value.EmailMfaConfiguration) },
            { label: 'SMS message', value: state(!!value.SmsMfaConfiguration) },
          ]}
        />
      )}
      {editing && value && <Edit pool={pool} value={value} close={(done) => { setEditing(false); if (done) loaded.reload() }} />}
    </Section>
  )
}

function Edit({ pool, value, close }: { pool: string; value: GetUserPoolMfaConfigResponse; close: (done: boolean) => void }) {
  const sms = value.SmsMfaConfiguration?.SmsConfiguration
  const [form, set] = useForm({
    enforcement: value.MfaConfiguration ?? 'OFF',
    app: value.MfaConfiguration === 'OFF' || !value.MfaConfiguration ? true : (value.SoftwareTokenMfaConfiguration?.Enabled ?? false),
    email: !!value.EmailMfaConfiguration,
    sms: !!value.SmsMfaConfiguration,
    role: sms?.SnsCallerArn ?? '',
    externalId: sms?.ExternalId ?? crypto.randomUUID(),
  })
  const known = useLoad(async () => (await roles()).filter((role) => isFor(role, service)))
  const off = form.enforcement === 'OFF'
  const act = async () => {
    await cognito.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: pool,
        MfaConfiguration: form.enforcement as UserPoolMfaType,
        SoftwareTokenMfaConfiguration: off ? undefined : { Enabled: form.app },
        EmailMfaConfiguration: off || !form.email ? undefined : (value.EmailMfaConfiguration ?? {}),
        SmsMfaConfiguration: off || !form.sms ? undefined : { ...value.SmsMfaConfiguration, SmsConfiguration: { ...sms, SnsCallerArn: form.role, ExternalId: form.externalId || undefined } },
      }),
    )
    say('Multi-factor authentication was saved.')
  }
  return (
    <Dialog title="Edit multi-factor authentication" submit="Save changes" act={act} close={close}>
      <FormField label="MFA enforcement">
        <RadioGroup value={form.enforcement} onChange={({ detail }) => set({ enforcement: detail.value as UserPoolMfaType })} items={enforcements} />
      </FormField>
      {!off && (
        <SpaceBetween size="m">
          <Check label="Authenticator apps" description="A code of six digits every thirty seconds (TOTP)." value={form.app} set={(app) => set({ app })} />
          <Check label="Email message" description="A code by mail; it arrives in the inbox here." value={form.email} set={(email) => set({ email })} />
          <Check label="SMS message" description="A code by text message; it arrives in the inbox here. On AWS a role must let Cognito send it." value={form.sms} set={(value) => set({ sms: value })} />
          {form.sms && <Choose label="IAM role for SMS" value={form.role} set={(role) => set({ role })} loading={known.busy} choices={(known.value ?? []).map((role) => ({ value: role.Arn!, label: role.RoleName }))} empty={`No role trusts ${service}`} />}
          {form.sms && <Text label="External ID" value={form.externalId} set={(externalId) => set({ externalId })} />}
          {!form.app && !form.email && !form.sms && <Alert type="warning">Choose at least one factor.</Alert>}
        </SpaceBetween>
      )}
      <Failure error={known.error} />
    </Dialog>
  )
}

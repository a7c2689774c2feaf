import { CreateUserPoolCommand, SetUserPoolMfaConfigCommand, type UserPoolMfaType } from '@aws-sdk/client-cognito-identity-provider'
import { useState, type ReactNode } from 'react'
import { Check, Choose, ChooseMany, Text, useForm } from '../kit/fields'
import { say } from '../kit/notes'
import { Create, Section } from '../kit/page'
import { to } from '../kit/route'
import { Button, ColumnLayout, KeyValuePairs, SpaceBetween } from '../ui'
import { cognito } from './cognito'
import { enforcements } from './cognito-mfa'

const attributes = ['email', 'phone_number', 'name', 'given_name', 'family_name', 'nickname', 'preferred_username', 'birthdate', 'locale', 'website'].map((value) => ({ value }))
const signIns = [{ value: 'username', label: 'Username' }, { value: 'email', label: 'Email address' }, { value: 'phone_number', label: 'Phone number' }]

/** As the tutorial: a name, the defaults reviewed, what does not fit changed, created. */
export default function CreatePool() {
  const [form, set] = useForm({ name: '', review: false, signIn: 'username', required: ['email'], verify: ['email'], length: '8', upper: true, lower: true, number: true, symbol: true, mfa: 'OFF', selfSignUp: true, caseless: true, protect: false })
  const act = async () => {
    const made = await cognito.send(
      new CreateUserPoolCommand({
        PoolName: form.name,
        AutoVerifiedAttributes: form.verify as ['email'],
        UsernameAttributes: form.signIn === 'username' ? undefined : [form.signIn as 'email'],
        Schema: form.required.map((Name) => ({ Name, Required: true, Mutable: true, AttributeDataType: 'String' as const })),
        Policies: { PasswordPolicy: { MinimumLength: Number(form.length), RequireUppercase: form.upper, RequireLowercase: form.lower, RequireNumbers: form.number, RequireSymbols: form.symbol } },
        AdminCreateUserConfig: { AllowAdminCreateUserOnly: !form.selfSignUp },
        UsernameConfiguration: { CaseSensitive: !form.caseless },
        DeletionProtection: form.protect ? 'ACTIVE' : undefined,
      }),
    )
    const UserPoolId = made.UserPool!.Id!
    if (form.mfa !== 'OFF') await cognito.send(new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: form.mfa as UserPoolMfaType, SoftwareTokenMfaConfiguration: { Enabled: true } }))
    say('Your user pool was created successfully.')
    return to('cognito', UserPoolId)
  }
  const rules = [form.lower && 'lower case', form.upper && 'upper case', form.number && 'numbers', form.symbol && 'special characters'].filter(Boolean).join(', ')
  return (
    <Create title="Create a user pool" submit="Create pool" cancel="/cognito" act={act} disabled={!form.name || !form.review}>
      <Section title="What do you want to name your user pool?">
        <Text label="Pool name" value={form.name} set={(name) => set({ name })} placeholder="MyUserPool" />
        {!form.review && (
          <Button formAction="none" disabled={!form.name} onClick={() => set({ review: true })}>
            Review defaults
          </Button>
        )}
      </Section>
      {form.review && (
        <SpaceBetween size="l">
          <Review
            title="Sign-in and attributes"
            description="These cannot be changed after the pool was made."
            items={{ 'People sign in with': signIns.find((one) => one.value === form.signIn)!.label, 'Required attributes': form.required.join(', ') || 'None', 'Username case sensitivity': form.caseless ? 'Not case sensitive' : 'Case sensitive' }}
          >
            <Choose label="How do people sign in?" value={form.signIn} set={(signIn) => set({ signIn })} choices={signIns} />
            <ChooseMany label="Required attributes" value={form.required} set={(required) => set({ required })} choices={attributes} />
            <Check label="Usernames are not case sensitive" value={form.caseless} set={(caseless) => set({ caseless })} />
          </Review>
          <Review title="Passwords" items={{ 'Minimum password length': form.length, 'Password policy': rules || 'No requirements' }}>
            <Text label="Minimum password length" type="number" value={form.length} set={(length) => set({ length })} constraint="6 to 99 characters." />
            <ColumnLayout columns={4}>
              <Check label="Upper case letters" value={form.upper} set={(upper) => set({ upper })} />
              <Check label="Lower case letters" value={form.lower} set={(lower) => set({ lower })} />
              <Check label="Numbers" value={form.number} set={(number) => set({ number })} />
              <Check label="Special characters" value={form.symbol} set={(symbol) => set({ symbol })} />
            </ColumnLayout>
          </Review>
          <Review
            title="Sign-up, verification and MFA"
            items={{
              'User sign-ups allowed?': form.selfSignUp ? 'Users can sign themselves up' : 'Only administrators create users',
              'Verifications': form.verify.map((one) => (one === 'email' ? 'Email' : 'Phone number')).join(', ') || 'None',
              'Multi-factor authentication': enforcements.find((one) => one.value === form.mfa)!.label,
              'FROM email address': 'Default',
              'Deletion protection': form.protect ? 'Active' : 'Inactive',
            }}
          >
            <Check label="People may sign themselves up" value={form.selfSignUp} set={(selfSignUp) => set({ selfSignUp })} />
            <ChooseMany label="Verified by a code" value={form.verify} set={(verify) => set({ verify })} choices={[{ value: 'email', label: 'Email' }, { value: 'phone_number', label: 'Phone number' }]} />
            <Choose label="Multi-factor authentication" description="By authenticator apps; the pool’s Sign-in tab has the other factors." value={form.mfa} set={(mfa) => set({ mfa })} choices={enforcements} />
            <Check label="Protect the pool from being deleted" value={form.protect} set={(protect) => set({ protect })} />
          </Review>
        </SpaceBetween>
      )}
    </Create>
  )
}

/** What a part of the settings will be, and how to change it. */
function Review({ title, description, items, children }: { title: string; description?: string; items: Record<string, string>; children: ReactNode }) {
  const [editing, setEditing] = useState(false)
  return (
    <Section title={title} description={description} actions={!editing && <Button formAction="none" ariaLabel={`Edit ${title.toLowerCase()}`} onClick={() => setEditing(true)}>Edit</Button>}>
      {editing ? <SpaceBetween size="m">{children}</SpaceBetween> : <KeyValuePairs columns={3} items={Object.entries(items).map(([label, value]) => ({ label, value }))} />}
    </Section>
  )
}

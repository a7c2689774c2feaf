import { useState, type ReactNode } from 'react'
import { Box, Checkbox, CopyToClipboard, FormField, Input, Multiselect, Select, Textarea } from '../ui'

interface FieldProps {
  label: string
  description?: ReactNode
  constraint?: ReactNode
  error?: string
  optional?: boolean
}

const shown = ({ label, description, constraint, error, optional }: FieldProps) => ({
  label: optional ? (
    <span>
      {label} <i>– optional</i>
    </span>
  ) : (
    label
  ),
  description,
  constraintText: constraint,
  errorText: error,
  stretch: true,
})

interface TextProps extends FieldProps {
  value: string
  set: (value: string) => void
  placeholder?: string
  type?: 'text' | 'password' | 'number' | 'email' | 'url'
  disabled?: boolean
  autoFocus?: boolean
}

export const Text = ({ value, set, placeholder, type, disabled, autoFocus, ...field }: TextProps) => (
  <FormField {...shown(field)}>
    <Input value={value} onChange={({ detail }) => set(detail.value)} placeholder={placeholder} type={type} disabled={disabled} autoFocus={autoFocus} spellcheck={false} autoComplete={false} disableBrowserAutocorrect />
  </FormField>
)

export const Lines = ({ value, set, placeholder, rows, ...field }: FieldProps & { value: string; set: (value: string) => void; placeholder?: string; rows?: number }) => (
  <FormField {...shown(field)}>
    <Textarea value={value} onChange={({ detail }) => set(detail.value)} placeholder={placeholder} rows={rows} spellcheck={false} />
  </FormField>
)

export interface Choice {
  value: string
  label?: string
  description?: string
}

const labelled = (choices: Choice[]) => choices.map((one) => ({ ...one, label: one.label ?? one.value }))

interface ChooseProps extends FieldProps {
  value: string
  set: (value: string) => void
  choices: Choice[]
  filter?: boolean
  empty?: string
  loading?: boolean
  placeholder?: string
}

export const Choose = ({ value, set, choices, filter, empty, loading, placeholder, ...field }: ChooseProps) => (
  <FormField {...shown(field)}>
    <Select
      selectedOption={labelled(choices).find((choice) => choice.value === value) ?? (value ? { value, label: value } : null)}
      onChange={({ detail }) => set(detail.selectedOption.value ?? '')}
      options={labelled(choices)}
      filteringType={filter ? 'auto' : 'none'}
      empty={empty ?? 'None'}
      statusType={loading ? 'loading' : 'finished'}
      loadingText="Loading"
      placeholder={placeholder ?? 'Choose'}
    />
  </FormField>
)

export const ChooseMany = ({ value, set, choices, placeholder, ...field }: FieldProps & { value: string[]; set: (value: string[]) => void; choices: Choice[]; placeholder?: string }) => (
  <FormField {...shown(field)}>
    <Multiselect
      selectedOptions={value.map((one) => labelled(choices).find((choice) => choice.value === one) ?? { value: one, label: one })}
      onChange={({ detail }) => set(detail.selectedOptions.map((option) => option.value ?? ''))}
      options={labelled(choices)}
      placeholder={placeholder ?? 'Choose'}
      filteringType={choices.length > 8 ? 'auto' : 'none'}
      filteringAriaLabel="Find"
    />
  </FormField>
)

export const Check = ({ label, description, value, set, disabled }: { label: string; description?: string; value: boolean; set: (value: boolean) => void; disabled?: boolean }) => (
  <Checkbox checked={value} onChange={({ detail }) => set(detail.checked)} description={description} disabled={disabled}>
    {label}
  </Checkbox>
)

/** A value that people copy. */
export const Copy = ({ text }: { text: string | undefined }) =>
  text ? <CopyToClipboard variant="inline" textToCopy={text} copyButtonAriaLabel={`Copy ${text}`} copySuccessText="Copied" copyErrorText="Not copied" /> : <>–</>

/** Text of a fixed width, kept as it is. */
export const Mono = ({ children, wrap }: { children: ReactNode; wrap?: boolean }) => <pre className={wrap ? 'mono wrap' : 'mono'} tabIndex={0}>{children}</pre>

/** The value of a form in one object. */
export function useForm<T extends object>(start: T): [T, (change: Partial<T>) => void] {
  const [value, setValue] = useState(start)
  return [value, (change) => setValue((old) => ({ ...old, ...change }))]
}

export const Muted = ({ children }: { children: ReactNode }) => <Box color="text-body-secondary" variant="span">{children}</Box>

export const lines = (text: string) => text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean)

export const when = (date: Date | string | number | undefined) => (date === undefined ? '–' : new Date(date).toLocaleString('sv'))

export function bytes(count: number | undefined): string {
  if (count === undefined) return '–'
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let unit = 0
  while (count >= 1024 && unit < units.length - 1) {
    count /= 1024
    unit++
  }
  return `${unit === 0 ? count : count.toFixed(1)} ${units[unit]}`
}

/** The last part of an ARN. */
export const nameOf = (arn: string | undefined) => arn?.split(/[:/]/).at(-1) ?? ''

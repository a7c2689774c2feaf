import { lazy, Suspense } from 'react'
import { FormField } from '../ui'
import { Waiting } from './page'

const Ace = lazy(() => import('./ace'))

export type Language = 'json' | 'python' | 'javascript' | 'yaml' | 'sh' | 'text'

interface Props {
  value: string
  set?: (value: string) => void
  language: Language
  label: string
  height?: number
  description?: string
  /** No label above it: the box around says what it is. */
  bare?: boolean
}

/** Cloudscape's code editor, loaded when one is shown. */
export const Editor = (props: Props) => {
  const inner = (
    <Suspense fallback={<Waiting />}>
      <Ace {...props} />
    </Suspense>
  )
  return props.bare ? inner : <FormField label={props.label} description={props.description} stretch>{inner}</FormField>
}

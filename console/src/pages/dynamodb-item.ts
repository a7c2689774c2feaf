import type { AttributeValue } from '@aws-sdk/client-dynamodb'

export type Item = Record<string, AttributeValue>

/** Whether plain JSON says all that the value is: sets and binaries have no form there. */
export const fitsPlain = (value: AttributeValue): boolean =>
  'M' in value && value.M ? Object.values(value.M).every(fitsPlain) : 'L' in value && value.L ? value.L.every(fitsPlain) : 'S' in value || 'N' in value || 'BOOL' in value || 'NULL' in value

/** Plain JSON; numbers are written with all their digits. */
export function toPlain(value: AttributeValue, indent = 0): string {
  const pad = ' '.repeat(indent + 2)
  const end = ' '.repeat(indent)
  if (value.S !== undefined) return JSON.stringify(value.S)
  if (value.N !== undefined) return value.N
  if (value.BOOL !== undefined) return String(value.BOOL)
  if (value.NULL !== undefined) return 'null'
  if (value.L) return value.L.length ? `[\n${value.L.map((one) => pad + toPlain(one, indent + 2)).join(',\n')}\n${end}]` : '[]'
  if (value.M) {
    const entries = Object.entries(value.M)
    return entries.length ? `{\n${entries.map(([name, one]) => `${pad}${JSON.stringify(name)}: ${toPlain(one, indent + 2)}`).join(',\n')}\n${end}}` : '{}'
  }
  return short(value)
}

/** Reads plain JSON; numbers keep their digits where the browser tells them. */
export function fromPlain(text: string): Item {
  class Digits {
    constructor(readonly text: string) {}
  }
  const reviver = (_: string, value: unknown, context?: { source?: string }) => (typeof value === 'number' ? new Digits(context?.source ?? String(value)) : value)
  const parsed: unknown = JSON.parse(text, reviver as (name: string, value: unknown) => unknown)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || parsed instanceof Digits) throw new Error('An item is a JSON object.')
  const typed = (value: unknown): AttributeValue => {
    if (value === null) return { NULL: true }
    if (value instanceof Digits) return { N: value.text }
    if (typeof value === 'string') return { S: value }
    if (typeof value === 'boolean') return { BOOL: value }
    if (Array.isArray(value)) return { L: value.map(typed) }
    return { M: Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, typed(one)])) }
  }
  return typed(parsed).M!
}

/** DynamoDB JSON, with binaries in base64. */
export const toTyped = (item: Item) => JSON.stringify(item, (_, value: unknown) => (value instanceof Uint8Array ? btoa(String.fromCharCode(...value)) : value), 2)

export function fromTyped(text: string): Item {
  const parsed = JSON.parse(text) as Item
  const bytes = (value: AttributeValue): AttributeValue => {
    const binary = (one: unknown) => Uint8Array.from(atob(String(one)), (letter) => letter.charCodeAt(0))
    if (value.B !== undefined) return { B: binary(value.B) }
    if (value.BS) return { BS: value.BS.map(binary) }
    if (value.L) return { L: value.L.map(bytes) }
    if (value.M) return { M: Object.fromEntries(Object.entries(value.M).map(([name, one]) => [name, bytes(one)])) }
    return value
  }
  return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, bytes(value)]))
}

/** One line for a cell. */
export function short(value: AttributeValue | undefined): string {
  if (!value) return ''
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return value.N
  if (value.BOOL !== undefined) return String(value.BOOL)
  if (value.NULL !== undefined) return 'null'
  if (value.SS) return `{ ${value.SS.join(', ')} }`
  if (value.NS) return `{ ${value.NS.join(', ')} }`
  if (value.B) return `Binary, ${value.B.length} bytes`
  if (value.BS) return `${value.BS.length} binaries`
  return toPlain(value).replace(/\s+/g, ' ')
}

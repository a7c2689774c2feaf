import { applyMode, Mode } from '@cloudscape-design/global-styles'
import { useSyncExternalStore } from 'react'

export type Look = 'system' | 'light' | 'dark'

const key = 'galley-look'
const dark = matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

const look = (): Look => (localStorage.getItem(key) as Look | null) ?? 'system'

const isDark = () => look() === 'dark' || (look() === 'system' && dark.matches)

const apply = () => {
  applyMode(isDark() ? Mode.Dark : Mode.Light)
  listeners.forEach((tell) => tell())
}

export function setLook(to: Look) {
  if (to === 'system') localStorage.removeItem(key)
  else localStorage.setItem(key, to)
  apply()
}

export function startLook() {
  dark.addEventListener('change', apply)
  apply()
}

const listen = (tell: () => void) => (listeners.add(tell), () => listeners.delete(tell))
export const useLook = () => useSyncExternalStore(listen, look)
export const useDark = () => useSyncExternalStore(listen, isDark)

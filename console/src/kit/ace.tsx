import CodeEditor from '@cloudscape-design/components/code-editor'
import ace from 'ace-builds/src-noconflict/ace'
import 'ace-builds/css/ace.css'
import 'ace-builds/css/theme/cloud_editor.css'
import 'ace-builds/css/theme/cloud_editor_dark.css'
import 'ace-builds/src-noconflict/ext-language_tools'
import 'ace-builds/src-noconflict/mode-javascript'
import 'ace-builds/src-noconflict/mode-json'
import 'ace-builds/src-noconflict/mode-python'
import 'ace-builds/src-noconflict/mode-sh'
import 'ace-builds/src-noconflict/mode-yaml'
import 'ace-builds/src-noconflict/snippets/javascript'
import 'ace-builds/src-noconflict/snippets/json'
import 'ace-builds/src-noconflict/snippets/python'
import 'ace-builds/src-noconflict/snippets/sh'
import 'ace-builds/src-noconflict/snippets/yaml'
import 'ace-builds/src-noconflict/snippets/text'
import 'ace-builds/src-noconflict/theme-cloud_editor'
import 'ace-builds/src-noconflict/theme-cloud_editor_dark'
import { useMemo, useState } from 'react'
import type { Language } from './editor'
import { useDark } from './theme'

// The page's policy allows no style and no worker that is not a file of ours.
ace.config.set('useStrictCSP', true)
ace.config.set('loadWorkerFromBlob', false)
ace.config.set('basePath', '/assets')

interface Props {
  value: string
  set?: (value: string) => void
  language: Language
  label: string
  height?: number
}

export default function Ace({ value, set, language, label, height }: Props) {
  const [size, setSize] = useState(height ?? 240)
  const dark = useDark()
  const [wrapLines, setWrapLines] = useState(true)
  return (
    <CodeEditor
      ace={useMemo(() => plain(ace, !set), [])}
      language={language}
      value={value}
      onChange={({ detail }) => set?.(detail.value)}
      preferences={{ wrapLines, theme: dark ? 'cloud_editor_dark' : 'cloud_editor' }}
      onPreferencesChange={({ detail }) => setWrapLines(detail.wrapLines)}
      themes={{ light: ['cloud_editor'], dark: ['cloud_editor_dark'] }}
      ariaLabel={label}
      editorContentHeight={size}
      onEditorContentResize={({ detail }) => setSize(detail.height)}
      i18nStrings={{
        loadingState: 'Loading the editor',
        errorState: 'The editor could not be loaded.',
        errorStateRecovery: 'Try again',
        editorGroupAriaLabel: label,
        statusBarGroupAriaLabel: 'Status',
        cursorPosition: (row, column) => `Ln ${row}, Col ${column}`,
        errorsTab: 'Errors',
        warningsTab: 'Warnings',
        preferencesButtonAriaLabel: 'Preferences',
        paneCloseButtonAriaLabel: 'Close',
        preferencesModalHeader: 'Preferences',
        preferencesModalCancel: 'Cancel',
        preferencesModalConfirm: 'Confirm',
        preferencesModalWrapLines: 'Wrap lines',
        preferencesModalTheme: 'Theme',
        preferencesModalLightThemes: 'Light',
        preferencesModalDarkThemes: 'Dark',
      }}
    />
  )
}

/** Ace without its workers: the services themselves check what is saved, and say where it is wrong. */
function plain(of: typeof ace, readOnly: boolean): typeof ace {
  const edit = of.edit.bind(of)
  return { ...of, edit: (element: HTMLElement, options?: object) => {
    const editor = edit(element, { ...options, useWorker: false } as never)
    editor.session.setUseWorker(false)
    editor.setShowPrintMargin(false)
    if (readOnly) editor.setReadOnly(true)
    return editor
  } } as typeof ace
}

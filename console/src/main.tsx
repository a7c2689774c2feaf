import '@cloudscape-design/global-styles/index.css'
import './style.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Frame } from './frame'
import { startLook } from './kit/theme'

startLook()
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Frame />
  </StrictMode>,
)

import react from '@vitejs/plugin-react'
import { Buffer } from 'node:buffer'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const built = '../artifacts/console/built'
const galley = new URL(process.env['GALLEY'] ?? 'http://127.0.0.1:4566')
const packed = '../artifacts/console/packed'

// What is built goes into the program (src/Galley/Galley.csproj): hashed names, nothing inline (the page's policy forbids it), no source maps.
export default defineConfig({
  plugins: [react(), fontFiles(), pack(), develop()],
  define: { 'import.meta.env.VITE_PORT': JSON.stringify(galley.port) },
  build: {
    outDir: built,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
})

/** Cloudscape's fonts come inside of its style sheet; as files only those are loaded that a page shows. */
function fontFiles(): Plugin {
  return {
    name: 'font-files',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('/global-styles/') || !id.endsWith('.css')) return null
      let n = 0
      return code.replace(/url\(["']?data:font\/woff2;(?:charset=[^;]*;)?base64,([^"')]+)["']?\)/g, (_, base64: string) => {
        const file = join(import.meta.dirname, '../artifacts/console/fonts', `open-sans-${n++}.woff2`)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, Buffer.from(base64, 'base64'))
        return `url("${file}")`
      })
    },
  }
}

/** Packs what was built with Brotli. A hashed name that is there already is the same file. */
function pack(): Plugin {
  return {
    name: 'pack',
    apply: 'build',
    closeBundle() {
      const [from, to] = [join(import.meta.dirname, built), join(import.meta.dirname, packed)]
      if (!existsSync(from)) return
      const files = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(from, name)).isFile())
      if (existsSync(to)) for (const old of readdirSync(to, { recursive: true, encoding: 'utf8' })) if (statSync(join(to, old)).isFile() && !files.includes(old)) rmSync(join(to, old))
      for (const name of files) {
        const target = join(to, name)
        if (/-[\w-]{8}\.\w+$/.test(name) && existsSync(target)) continue
        mkdirSync(dirname(target), { recursive: true })
        writeFileSync(target, brotliCompressSync(readFileSync(join(from, name)), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
      }
    },
  }
}

/**
 * `npm run dev` against a Galley that runs: GALLEY=http://127.0.0.1:4566 and the keys of `galley env` in the environment. Signed calls go
 * there as they are; the page gets those keys in place of a session's.
 */
function develop(): Plugin {
  return {
    name: 'develop',
    configureServer(server) {
      server.middlewares.use((incoming, outgoing, next) => {
        if (incoming.url === '/_galley/credentials') {
          outgoing.setHeader('content-type', 'application/json')
          outgoing.end(JSON.stringify({ AccessKeyId: process.env['AWS_ACCESS_KEY_ID'], SecretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'], Expiration: new Date(Date.now() + 3_600_000), Region: process.env['AWS_REGION'] ?? 'eu-west-2', Account: process.env['ACCOUNT'] ?? '000000000000' }))
          return
        }
        if (!incoming.headers.authorization?.startsWith('AWS4')) return next()
        const headers = { ...incoming.headers, origin: undefined, 'sec-fetch-site': undefined }
        incoming.pipe(request({ host: galley.hostname, port: galley.port, method: incoming.method, path: incoming.url, headers: JSON.parse(JSON.stringify(headers)) }, (answer) => {
          outgoing.writeHead(answer.statusCode!, answer.headers)
          answer.pipe(outgoing)
        }))
      })
    },
  }
}

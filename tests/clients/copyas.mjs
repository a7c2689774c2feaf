// What the console's "Copy as" says of calls: a JSON list of {service, operation, input} comes in, {cli, template} of each goes out; with --cli
// only the commands, for inputs that are none.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = join(import.meta.dirname, '..', '..', 'console')
const { transformWithOxc } = await import(pathToFileURL(join(folder, 'node_modules', 'vite', 'dist', 'node', 'index.js')))
const file = join(folder, 'src', 'kit', 'copyas.ts')
const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file)
const { asCli, asTemplate, allAsTemplate } = await import('data:text/javascript,' + encodeURIComponent(code))
const calls = JSON.parse(readFileSync(0, 'utf8'))
const cli = process.argv.includes('--cli')
process.stdout.write(JSON.stringify({ each: calls.map((call) => ({ cli: asCli(call), template: cli ? undefined : asTemplate(call) })), all: cli ? undefined : allAsTemplate(calls) }))

import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync as isThere,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createRequire } from 'node:module'
import { expect, it, onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

const script = `
import { createServer } from 'node:http'
import { createCentrifuge } from '@parley/centrifuge'
import { centrifugePlugin } from '@parley/centrifuge/fastify'
import { Centrifuge } from 'centrifuge'
import { WebSocket } from 'ws'
if (typeof centrifugePlugin !== 'function') throw new Error('no plugin')
const centrifuge = createCentrifuge({ connect: async ({ token }) => ({ user: token }), subscribe: async () => ({}) })
const http = createServer()
http.on('upgrade', (request, socket, head) => centrifuge.handleUpgrade(request, socket, head))
await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
const client = new Centrifuge('ws://127.0.0.1:' + http.address().port + '/connection/websocket', { token: 'ann', websocket: WebSocket })
const room = client.newSubscription('room')
room.on('publication', async ({ data }) => {
  console.log(data.text)
  client.disconnect()
  await centrifuge.close()
  http.close()
})
room.on('subscribed', () => centrifuge.publish('room', { text: 'it works' }))
room.subscribe()
client.connect()
`

const consumer = `
import { createCentrifuge, type Engine } from '@parley/centrifuge'
const centrifuge = createCentrifuge<{ seat: number }>({ connect: async () => ({ user: 'ann', meta: { seat: 1 } }) })
export const seats: number[] = centrifuge.connections().map(({ meta }) => meta.seat)
export type Mine = Engine
`

it(
  'works from node_modules as it is published, in plain JavaScript and with its types',
  { timeout: 60_000 },
  () => {
    const project = mkdtempSync(join(tmpdir(), 'centrifuge-package-'))
    onTestFinished(() => rmSync(project, { recursive: true }))
    execFileSync(process.execPath, [join(root, 'build.ts')])
    const modules = join(project, 'node_modules')
    mkdirSync(join(modules, '@parley'), { recursive: true })
    cpSync(join(root, 'dist'), join(modules, '@parley', 'centrifuge'), { recursive: true })
    for (const name of ['ws', 'jose', 'fossil-delta', 'centrifuge', '@types'])
      symlinkSync(folderOf(name), join(modules, name))
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
    writeFileSync(join(project, 'script.js'), script)
    writeFileSync(join(project, 'consumer.ts'), consumer)
    expect(execFileSync(process.execPath, ['script.js'], { cwd: project }).toString()).toBe('it works\n')
    const tsc = require.resolve('typescript/bin/tsc')
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
    execFileSync(process.execPath, [tsc, ...flags, 'consumer.ts'], { cwd: project, stdio: 'inherit' })
  },
)

function folderOf(name: string): string {
  if (name === '@types') return dirname(folderOf('@types/node'))
  const [found] = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name)).filter(isThere)
  if (!found) throw new Error(`${name} is not installed`)
  return found
}

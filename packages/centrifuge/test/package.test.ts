import { execFileSync } from 'node:child_process'
import { existsSync as isThere, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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
    const modules = join(project, 'node_modules')
    const built = join(modules, '@parley', 'centrifuge')
    execFileSync(process.execPath, [join(root, 'build.ts'), built])
    expect(manifestIn(built)).toMatchObject({ publishConfig: { access: 'public' }, files: ['lib', 'proto'] })
    expect([manifestIn(root).private, manifestIn(built).private]).toEqual([true, undefined])
    expect(manifestIn(built).dependencies.jose).toBe(`^${manifestIn(root).dependencies.jose}`)
    expect(linksIn(built).filter((path) => !isThere(join(built, path)))).toEqual([])
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

interface Manifest {
  private?: boolean
  dependencies: Record<string, string>
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Of the README, to files beside it. */
function linksIn(folder: string): string[] {
  const text = readFileSync(join(folder, 'README.md'), 'utf8')
  return [...text.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path = '']) => path)
}

function folderOf(name: string): string {
  if (name === '@types') return dirname(folderOf('@types/node'))
  const [found] = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name)).filter(isThere)
  if (!found) throw new Error(`${name} is not installed`)
  return found
}

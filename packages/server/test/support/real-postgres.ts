import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isRunning } from '../../src/db/process-identity.ts'
import type { ProcessIdentity } from '../../src/db/process-identity.ts'

const PREFIX = 'parley-test-postgres-'
const KEEPER = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url))

export interface RealPostgres {
  url: string
  stop: () => Promise<void>
}

/** A PostgreSQL for this run: the one of `TEST_DATABASE_URL`, else one from npm. */
export async function startRealPostgres(): Promise<RealPostgres> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { url: given, stop: () => Promise.resolve() }
  await endAbandoned()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), PREFIX))
  fs.chmodSync(folder, 0o755) // PostgreSQL does not run as root, and its own user has to get through here
  const port = await freePort()
  // A session of its own: what ends the run must not end the keeper before it has cleaned up.
  const keeper = spawn(process.execPath, [KEEPER, folder, String(port)], { detached: true })
  await ready(keeper)
  const url = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`
  return { url, stop: () => stop(keeper) }
}

async function ready(keeper: ChildProcess): Promise<void> {
  let said = ''
  keeper.stderr?.on('data', (data) => (said += String(data)))
  const exit = once(keeper, 'exit').then(() => {
    throw new Error(`PostgreSQL for the tests did not start: ${said}`)
  })
  if (keeper.stdout) await Promise.race([once(keeper.stdout, 'data'), exit])
  exit.catch(() => undefined)
}

async function stop(keeper: ChildProcess): Promise<void> {
  const exit = once(keeper, 'exit')
  keeper.stdin?.end()
  await exit
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return port
}

/** Ends servers of earlier runs whose keeper was killed itself. */
async function endAbandoned(): Promise<void> {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const folder = path.join(os.tmpdir(), name)
    if (!name.startsWith(PREFIX) || isKept(folder)) continue
    await endPostmaster(path.join(folder, 'data'))
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

function isKept(folder: string): boolean {
  const file = path.join(folder, 'keeper.json')
  // A keeper that has just been started has not written it yet.
  if (!fs.existsSync(file)) return Date.now() - fs.statSync(folder).mtimeMs < 60_000
  return isRunning(JSON.parse(fs.readFileSync(file, 'utf8')) as ProcessIdentity) ?? true
}

async function endPostmaster(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid')
  if (!fs.existsSync(file)) return
  const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10)
  if (!isPostmasterOf(pid, data)) return
  process.kill(pid, 'SIGQUIT')
  while (isPostmasterOf(pid, data)) await wait(20)
}

function isPostmasterOf(pid: number, data: string): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data)
  } catch {
    return false
  }
}

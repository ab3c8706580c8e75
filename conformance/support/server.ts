import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freshDataFolder } from '../../packages/server/test/support/databases.ts'
import { within } from './wait.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface ServerOptions {
  env?: Record<string, string | undefined>
  args?: string[]
  /** An existing data folder, for a server that is started again. */
  data?: string
}

/** A real server process on a free port of the loopback, on a data folder of its own. */
export interface Server {
  url: string
  data: string
  hostToken: string
  /** What the process has written so far. */
  output: () => { stdout: string; stderr: string }
  /** SIGTERM; resolves once the process has ended with status 0 and has logged no fault of its own. */
  stop: () => Promise<void>
  /** SIGKILL, whatever it is doing. */
  kill: () => Promise<void>
}

const LISTEN_MS = 40_000
/** The first start of the demo builds its web app before it listens. */
const BUILD_MS = 200_000

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const data = options.data ?? (await freshFolder(options))
  const env = environment(data, options.env)
  const child = spawn(process.execPath, ['packages/server/src/main.ts', ...(options.args ?? [])], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  try {
    const url = await within(
      options.args ? BUILD_MS : LISTEN_MS,
      () => `the server to listen\n${dump(output())}`,
      listening(child, output),
    )
    await ready(url)
    return { url, data, hostToken: env['PARLEY_HOST_TOKEN'] ?? '', output, ...ending(child, output) }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** With the embedded store made already, except for the demo, whose start is that of somebody who has nothing yet. */
async function freshFolder({ args, env }: ServerOptions): Promise<string> {
  if (args || env?.['DATABASE_URL']) return mkdtemp(join(tmpdir(), 'parley-conformance-'))
  return (await freshDataFolder()).dataDir
}

/** Takes a data folder away once no server is on it any more. */
export async function discard(server: Server): Promise<void> {
  await rm(server.data, { recursive: true, force: true })
}

function environment(data: string, extra: ServerOptions['env'] = {}) {
  const wanted: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    PORT: '0',
    PARLEY_DATA: data,
    PARLEY_HOST_TOKEN: randomBytes(24).toString('hex'),
    PARLEY_RATE_LIMIT: '1000000',
    ...extra,
  }
  return Object.fromEntries(Object.entries(wanted).filter((entry) => entry[1] !== undefined))
}

function collect(child: ChildProcess) {
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  return () => output
}

type Output = ReturnType<typeof collect>
const dump = ({ stdout, stderr }: ReturnType<Output>) => `stderr: ${stderr}\nstdout: ${stdout.slice(-4000)}`

function listening(child: ChildProcess, output: Output) {
  return new Promise<string>((resolve, reject) => {
    const look = () => {
      const url = /listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(output().stdout)?.[1]
      if (url === undefined) return
      child.stdout?.off('data', look) // a server that is asked a lot writes a lot
      resolve(url)
    }
    child.stdout?.on('data', look)
    child.once('error', reject)
    child.once('exit', (code) =>
      reject(new Error(`the server ended with ${code ?? 'a signal'}\n${dump(output())}`)),
    )
  })
}

async function ready(url: string) {
  const reply = await fetch(`${url}/health/ready`)
  await reply.body?.cancel()
  if (reply.status !== 200) throw new Error(`GET /health/ready answered ${reply.status}`)
}

function ending(child: ChildProcess, output: Output) {
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const ended = once(child, 'close')
    child.kill(signal)
    await within(12_000, () => `the server to end after ${signal}\n${dump(output())}`, ended)
    return child.exitCode
  }
  return {
    stop: async () => {
      const code = await end('SIGTERM')
      if (code !== 0) throw new Error(`the server ended with ${code ?? 'a signal'}\n${dump(output())}`)
      const faults = output()
        .stdout.split('\n')
        .filter((line) => /"level":(50|60|"error"|"fatal")/.test(line))
      if (faults.length > 0) throw new Error(`the server logged faults of its own:\n${faults.join('\n')}`)
    },
    kill: async () => {
      await end('SIGKILL')
    },
  }
}

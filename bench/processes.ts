/// <reference lib="esnext.disposable" />
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a server listens, in whatever words it tells it. */
const ADDRESS = /(http:\/\/127\.0\.0\.1:\d+)/

const READY_MS = 60_000

export interface ProcessOptions {
  command: string
  args: string[]
  env?: Record<string, string>
  /** Found in what the process writes once it is ready. */
  ready: RegExp
  stopSignal?: NodeJS.Signals
  /** Runs as this user, where that is another one. */
  uid?: number | undefined
}

export interface Running {
  child: ChildProcess
  /** The first group of `ready`. */
  found: string
  /** Ends it; what it complained of meanwhile is an error. The stack does so at the latest. */
  stop(): Promise<void>
}

export interface Server {
  url: string
  memory(): Promise<Memory>
  stop(): Promise<void>
}

/** Bytes. */
export interface Memory {
  /** Of the process, as it is. */
  resident: number
  /** What is left in V8's heap, and outside for its objects, after a collection. */
  alive: number
}

/** Starts a server of Node, which can tell how much memory it has. */
export async function startServer(
  stack: AsyncDisposableStack,
  { args, env }: Pick<ProcessOptions, 'args' | 'env'>,
): Promise<Server> {
  const probed = ['--import', import.meta.resolve('./memory-probe.ts'), ...args]
  const { child, found, stop } = await startProcess(stack, {
    command: process.execPath,
    args: probed,
    ...(env && { env }),
    ready: ADDRESS,
  })
  return {
    url: found,
    stop,
    async memory() {
      child.send('memory')
      const [memory] = (await once(child, 'message')) as [Memory] // as the probe says it
      return memory
    },
  }
}

/** Starts a process and waits until it is ready. */
export async function startProcess(stack: AsyncDisposableStack, options: ProcessOptions): Promise<Running> {
  const { command, args, env = {}, uid } = options
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(command, args, {
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches this process alone, which then stops the others in their order.
    detached: true,
    ...(uid !== undefined && { uid }),
  })
  const stop = stopping(child, options)
  stack.defer(stop)
  const found = await readiness(child, options)
  return { child, found, stop }
}

function stopping(child: ChildProcess, { command, args, stopSignal = 'SIGTERM' }: ProcessOptions) {
  return async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit')
      child.kill(stopSignal)
      await ended
    }
    if (child.exitCode !== 0)
      throw new Error(`${command} ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode}`)
  }
}

function readiness(child: ChildProcess, { command, args, ready }: ProcessOptions): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${command} ${args.join(' ')} ${what}\n${output}`))
    const overdue = setTimeout(() => fail('is not ready'), READY_MS)
    const read = (text: string) => {
      output = (output + text).slice(-10_000)
      const match = ready.exec(output)
      if (!match) return
      clearTimeout(overdue)
      resolve(match[1] ?? '')
    }
    child.stdout?.setEncoding('utf8').on('data', read)
    child.stderr?.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(overdue)
      fail(`ended with ${code ?? signal}`)
    })
  })
}

/** A folder that the stack takes away. */
export async function temporaryFolder(stack: AsyncDisposableStack, owner?: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-bench-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  if (owner !== undefined) await chown(folder, owner, owner)
  return folder
}

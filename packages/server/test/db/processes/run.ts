import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface Child {
  pid: number
  say: (line: string) => void
  /** Lines of its standard output, each once. */
  lines: AsyncIterator<string, undefined>
  kill: () => Promise<void>
  exited: Promise<unknown>
}

/** A process of this folder, with its standard error shown. */
export function start(
  file: string,
  args: string[],
  options: { preload?: string; env?: Record<string, string> } = {},
): Child {
  const url = (name: string): URL => new URL(name, import.meta.url)
  const preload = options.preload ? ['--import', url(options.preload).href] : []
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [...preload, fileURLToPath(url(file)), ...args],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...options.env } },
  )
  const exited = once(child, 'exit')
  return {
    pid: child.pid ?? 0,
    say: (line) => child.stdin.write(`${line}\n`),
    lines: createInterface(child.stdout)[Symbol.asyncIterator](),
    exited,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

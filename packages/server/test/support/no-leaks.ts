import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ChildProcess } from 'node:child_process'
import net from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll } from 'vitest'

/** A test file fails when it leaves behind what would keep a process alive: a server, a socket, a timer, a worker… */
const PATIENCE_MS = 5_000
const POLL_MS = 20

const workers = new Set<Worker>()
function watch(message: unknown): void {
  const { worker } = message as { worker: Worker } // as Node documents this channel
  workers.add(worker)
  worker.once('exit', () => workers.delete(worker))
}

type Counts = Map<string, number>

// Vitest's own: its pipes. Of its timers none lasts as long as the patience here.
let before: Counts = new Map()
let handlesBefore = new Set<unknown>()
subscribe('worker_threads', watch)
beforeAll(() => {
  before = countResources()
  before.delete('Timeout')
  handlesBefore = new Set(activeHandles())
})

afterAll(async () => {
  unsubscribe('worker_threads', watch)
  const deadline = performance.now() + PATIENCE_MS
  while (leaks().length > 0 && performance.now() < deadline) await wait(POLL_MS) // for what is closing
  if (leaks().length > 0) throw new Error(`This file leaves behind: ${leaks().join(', ')}.`)
}, 2 * PATIENCE_MS)

function countResources(): Counts {
  const counts: Counts = new Map()
  const kinds = [...process.getActiveResourcesInfo(), ...[...workers].map(() => 'Worker')]
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

function leaks(): string[] {
  const left = [...countResources()]
    .map(([kind, count]) => ({ kind, count: count - (before.get(kind) ?? 0) }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`)
  if (left.length === 0) return []
  return [...left, ...activeHandles().filter(isNew).map(describe).filter(Boolean)]
}

function activeHandles(): unknown[] {
  return (process as unknown as { _getActiveHandles: () => unknown[] })._getActiveHandles() // undocumented
}

function isNew(handle: unknown): boolean {
  return !handlesBefore.has(handle)
}

function describe(handle: unknown): string {
  if (handle instanceof net.Server) return `a server on ${JSON.stringify(handle.address())}`
  if (handle instanceof net.Socket && handle.remotePort) {
    return `a socket from port ${handle.localPort ?? '?'} to ${handle.remotePort}`
  }
  const { spawnargs } = handle as Partial<ChildProcess>
  return spawnargs ? `the process "${spawnargs.join(' ')}"` : ''
}

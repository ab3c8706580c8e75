import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from './context.ts'
import { GREETING } from './fanout.ts'
import { startFloor } from './floor.ts'
import { mapInParallel } from './parallel.ts'
import { createHome, signIn, startParley } from './parley.ts'
import { openReceivers } from './receivers.ts'
import type { ReceiverOptions } from './receivers.ts'
import type { Row, Sample } from './samples.ts'

const SETTLE_MS = 3000

/** Parley's memory per idle connection, each of another person. */
export async function idle(context: Context): Promise<Row[]> {
  const sizes = context.options.connections ?? [2000, 10_000]
  const store = context.options.store ?? 'postgres'
  const home = await createHome(context, store, 'idle')
  const parley = await startParley(context, home)
  const people = await mapInParallel(Math.max(...sizes), (n) => signIn(parley, String(n)))
  context.log(`${people.length} people are signed in`)
  await parley.stop()
  const headers = (n: number) => people[n - 1]?.headers ?? {}
  return measureIdle(context, {
    name: `idle, ${store}`,
    sizes,
    start: () => startParley(context, home),
    receivers: { headers, greeting: GREETING },
  })
}

export interface Idle {
  name: string
  sizes: number[]
  start: () => Promise<{ url: string; pid: number; stop: () => Promise<void> }>
  receivers: Omit<ReceiverOptions, 'count'>
}

/** Memory per idle connection beside bare ws. Every round has processes of its own. */
export async function measureIdle(
  { options: { runs }, stack, log }: Context,
  { name, sizes, start, receivers }: Idle,
): Promise<Row[]> {
  const rows = sizes.map((size) => ({
    name: `${name}, ${size} connections`,
    samples: [] as Sample[],
    floors: [{ name: 'bare ws', samples: [] as Sample[] }],
  }))
  for (let run = 1; run <= runs; run++) {
    const server = await start()
    const used = await memoryAt(sizes, server, receivers)
    await server.stop()
    const bare = await startFloor(stack)
    const usedBare = await memoryAt(sizes, bare, {})
    await bare.stop()
    for (const [n, row] of rows.entries()) {
      row.samples.push({ bytes: used[n] ?? 0 })
      row.floors[0]?.samples.push({ bytes: usedBare[n] ?? 0 })
    }
    const told = [used, usedBare].map((bytes) => bytes.map(Math.round).join(', '))
    log(`${name}, run ${run} of ${runs}: ${told.join(' bytes, bare ')}`)
  }
  return rows
}

/** Bytes per connection at each size. */
async function memoryAt(
  sizes: number[],
  { url, pid }: { url: string; pid: number },
  options: Omit<ReceiverOptions, 'count'>,
): Promise<number[]> {
  await pause(SETTLE_MS)
  const before = memoryOf(pid)
  const opened: { close: () => void }[] = []
  const perConnection: number[] = []
  let open = 0
  for (const size of sizes) {
    const from = open
    const headers = (n: number) => options.headers?.(from + n) ?? {}
    opened.push(await openReceivers(url, { ...options, headers, count: size - open }))
    open = size
    await pause(SETTLE_MS)
    perConnection.push((memoryOf(pid) - before) / size)
  }
  for (const { close } of opened) close()
  return perConnection
}

/** Resident bytes. */
function memoryOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)])) * 1024
}

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

/** Memory per idle connection, each of another person, beside bare ws. Every round has processes of its own. */
export async function idle(context: Context): Promise<Row[]> {
  const { options, stack, log } = context
  const sizes = options.connections ?? [2000, 10_000]
  const store = options.store ?? 'postgres'
  const home = await createHome(context, store, 'idle')
  let parley = await startParley(context, home)
  const people = await mapInParallel(Math.max(...sizes), (n) => signIn(parley, String(n)))
  log(`${people.length} people are signed in`)
  await parley.stop()

  const rows = sizes.map((size) => ({
    name: `idle, ${store}, ${size} connections`,
    samples: [] as Sample[],
    floors: [{ name: 'bare ws', samples: [] as Sample[] }],
  }))
  for (let run = 1; run <= options.runs; run++) {
    parley = await startParley(context, home)
    const headers = (n: number) => people[n - 1]?.headers ?? {}
    const used = await memoryAt(sizes, parley, { headers, greeting: GREETING })
    await parley.stop()
    const bare = await startFloor(stack)
    const usedBare = await memoryAt(sizes, bare, {})
    await bare.stop()
    for (const [n, row] of rows.entries()) {
      row.samples.push({ bytes: used[n] ?? 0 })
      row.floors[0]?.samples.push({ bytes: usedBare[n] ?? 0 })
    }
    log(
      `idle, run ${run} of ${options.runs}: ${used.map(Math.round).join(', ')} bytes, bare ${usedBare.map(Math.round).join(', ')}`,
    )
  }
  return rows
}

/** Bytes per connection at each size. */
export async function memoryAt(
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

import { setTimeout as pause } from 'node:timers/promises'
import {
  dialogsClients,
  directClients,
  marketplaceClients,
  roomsClients,
  socketIo,
  workspaceClients,
} from './clients.ts'
import type { Clients } from './clients.ts'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { mapInParallel } from './parallel.ts'
import { createHome, realtimeTokens, signIn, startParley } from './parley.ts'
import type { Server } from './processes.ts'
import { openReceivers } from './receivers.ts'
import type { Row, Sample } from './samples.ts'

const SETTLE_MS = 3000

/** Parley's memory per idle connection of each kind, each of another person. */
export async function idle(context: Context): Promise<Row[]> {
  const sizes = context.options.connections ?? [2000, 10_000]
  const store = context.options.store ?? 'postgres'
  const home = await createHome(context, store, 'idle')
  const parley = await startParley(context, home)
  const people = await mapInParallel(Math.max(...sizes), (n) => signIn(parley, String(n)))
  const tokens = await realtimeTokens(parley, people)
  context.log(`${people.length} people are signed in`)
  await parley.stop()

  const start = () => startParley(context, home)
  const bareWs = bareWsOf(context)
  const bareSocketIo = {
    name: 'bare Socket.IO',
    start: () => startFloor(context.stack, './socketio-floor-server.ts'),
    clients: socketIo(),
  }
  return measureIdle(context, sizes, [
    { name: 'idle marketplace', start, clients: marketplaceClients(people), floors: [bareWs] },
    { name: 'idle workspace', start, clients: workspaceClients(tokens), floors: [bareWs] },
    { name: 'idle dialogs', start, clients: dialogsClients(people), floors: [bareWs] },
    { name: 'idle rooms', start, clients: roomsClients(people), floors: [bareWs, bareSocketIo] },
    { name: 'idle direct', start, clients: directClients(people), floors: [bareWs, bareSocketIo] },
  ])
}

export const bareWsOf = ({ stack }: Context): Idle => ({
  name: 'bare ws',
  start: () => startFloor(stack),
  clients: {},
})

interface Idle {
  name: string
  start: () => Promise<Server>
  clients: Clients
}

/** Memory per idle connection. Every measurement has a process of its own. */
export async function measureIdle(
  { options: { runs }, log }: Context,
  sizes: number[],
  targets: (Idle & { floors: Idle[] })[],
): Promise<Row[]> {
  const contenders = new Set([...targets, ...targets.flatMap(({ floors }) => floors)])
  const rows: Row[] = []
  for (const size of sizes) {
    const samples = new Map([...contenders].map((contender) => [contender.name, [] as Sample[]]))
    for (let run = 1; run <= runs; run++)
      for (const { name, start, clients } of contenders) {
        const sample = await memoryOf(start, clients, size)
        samples.get(name)?.push(sample)
        log(`${name}, ${size} connections, run ${run} of ${runs}: ${told(sample)}`)
      }
    const series = ({ name }: Idle) => ({ name, samples: samples.get(name) ?? [] })
    for (const target of targets)
      rows.push({
        name: `${target.name}, ${size} connections`,
        samples: series(target).samples,
        floors: target.floors.map(series),
      })
  }
  return rows
}

const told = ({ bytes = 0, alive = 0 }: Sample) => `${Math.round(bytes)} bytes, ${Math.round(alive)} alive`

async function memoryOf(start: Idle['start'], clients: Clients, count: number): Promise<Sample> {
  const { url, memory, stop } = await start()
  await pause(SETTLE_MS)
  const before = await memory()
  const receivers = await openReceivers(url, { ...clients, count })
  await pause(SETTLE_MS)
  const after = await memory()
  receivers.close()
  // Those who go are announced, and the server may not have forever to stop.
  await pause(SETTLE_MS)
  await stop()
  return {
    bytes: (after.resident - before.resident) / count,
    alive: (after.alive - before.alive) / count,
  }
}

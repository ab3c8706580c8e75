import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { broadcast, poster } from './broadcast.ts'
import type { Broadcast, Sender } from './broadcast.ts'
import { dialogsClients } from './clients.ts'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { requestText } from './http-load.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { mapInParallel } from './parallel.ts'
import { createHome, signIn, startParley } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { openReceivers } from './receivers.ts'
import type { Receivers } from './receivers.ts'
import { measureInTurn, timings } from './samples.ts'
import type { Contender, Row, Sample } from './samples.ts'
import { storeFloor } from './store-floor.ts'

const BODY = JSON.stringify({ content: 'Здравствуйте! Ещё продаёте? Могу забрать сегодня вечером' })
/** After this long everybody has heard of everything that came before. */
const SETTLE_MS = 1000

/** A message from one to another, and somebody who comes and goes before many, beside the same by bare ws. */
export async function dialogs(context: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options)) rows.push(...(await messages(context, store)))
  return [...rows, ...(await presence(context))]
}

async function messages(context: Context, store: StoreName): Promise<Row[]> {
  const storeAlone = await storeFloor(context, store, 1)
  const parley = await startParley(context, await createHome(context, store, 'dialogs'))
  const [alice, bob] = [await signIn(parley, '1'), await signIn(parley, '2')]
  const dialog = await startDialog(parley, [alice, bob])
  const receivers = await openSockets(context, parley, { people: [bob], only: 'message.new' })
  const path = `/api/v1/dialogs/${dialog}/messages`
  const request = requestText({ method: 'POST', path, headers: alice.headers, body: BODY })
  const target: Broadcast = { open: poster(parley.url, request), receivers, count: 1 }
  await broadcast(target, { seconds: 0.1, inFlight: 1 })
  const echo = await openEcho(context, receivers.latest())

  const rows: Row[] = []
  for (const inFlight of [1, 8]) {
    const contender = (name: string, contestant: Broadcast): Contender => ({
      name,
      measure: (seconds) => broadcast(contestant, { seconds, inFlight }),
    })
    const floors = [contender('bare ws echo', echo), storeAlone(inFlight)]
    const name = `dialogs messages, ${store}, ${inFlight} in flight`
    rows.push(await measureInTurn(name, [contender('Parley', target), ...floors], context))
  }
  receivers.close()
  await parley.stop()
  await echo.stop()
  return rows
}

async function openEcho({ stack }: Context, payload: Buffer) {
  const floor = await startFloor(stack)
  const receivers = await openReceivers(floor.url, { count: 1 })
  stack.defer(receivers.close)
  const open = async (): Promise<Sender> => {
    const socket = new WebSocket(`${floor.url}/echo`)
    await once(socket, 'open')
    return { send: async () => socket.send(payload, { binary: false }), close: () => socket.terminate() }
  }
  return { open, receivers, count: 1, stop: floor.stop }
}

async function presence(context: Context): Promise<Row[]> {
  const { options } = context
  const [count = 1000] = options.connections ?? []
  const store = options.store ?? 'postgres'
  const parley = await startParley(context, await createHome(context, store, 'presence'))
  const people = await mapInParallel(count, (n) => signIn(parley, String(n)))
  const visitor = await signIn(parley, 'visitor')
  const receivers = await openSockets(context, parley, { people, only: 'presence.update' })
  // Only now do they share a dialog: each of them would have heard of each.
  const dialog = await startDialog(parley, people)
  await parley.manage('POST', `/dialogs/${dialog}/participants`, participant(visitor))
  await pause(SETTLE_MS)
  const target: Meeting = {
    url: `${parley.url}/api/v1/ws`,
    headers: visitor.headers,
    receivers,
    count,
  }
  await visits(target, 'comes', 0.1)
  const bare = await openBare(context, receivers.latest(), count)
  context.log(`${count} connections to each are open`)

  const rows: Row[] = []
  for (const step of ['comes', 'goes'] as const) {
    const contender = (name: string, meeting: Meeting): Contender => ({
      name,
      measure: (seconds) => visits(meeting, step, seconds),
    })
    const floor = contender('bare ws broadcast', bare)
    const name = `dialogs presence, ${store}, ${count} co-members, one ${step}`
    rows.push(await measureInTurn(name, [contender('Parley', target), floor], context))
  }
  receivers.close()
  await parley.stop()
  await bare.stop()
  return rows
}

async function openBare({ stack }: Context, payload: Buffer, count: number) {
  const floor = await startFloor(stack)
  await floor.broadcasts(payload)
  const receivers = await openReceivers(floor.url, { count })
  stack.defer(receivers.close)
  return { url: `${floor.url}/presence`, headers: {}, receivers, count, stop: floor.stop }
}

interface Meeting {
  url: string
  /** Of who comes and goes. */
  headers: Record<string, string>
  receivers: Receivers
  count: number
}

/** Somebody comes and goes by the only connection, over and over; timed until everybody has heard of either. */
async function visits(
  { url, headers, receivers, count }: Meeting,
  step: 'comes' | 'goes',
  seconds: number,
): Promise<Sample> {
  const latencies = { comes: [] as number[], goes: [] as number[] }
  const end = performance.now() + seconds * 1000
  let expected = receivers.delivered()
  while (performance.now() < end) {
    const begun = performance.now()
    const socket = new WebSocket(url, { headers })
    await Promise.all([once(socket, 'open'), receivers.reached((expected += count))])
    const seen = performance.now()
    socket.close()
    await receivers.reached((expected += count))
    latencies.comes.push(seen - begun)
    latencies.goes.push(performance.now() - seen)
  }
  if (receivers.delivered() !== expected) throw new Error('Somebody else came or went.')
  const spent = latencies[step].reduce((sum, latency) => sum + latency, 0)
  return timings(latencies[step], spent / 1000, count)
}

async function startDialog(parley: Parley, people: Person[]): Promise<string> {
  const about = { object_type: 'order', object_id: '7', title: 'Order 7' }
  const participants = people.map(participant)
  const { id } = await parley.manage<{ id: string }>('POST', '/dialogs', { ...about, participants })
  return id
}

const participant = ({ id }: Person) => ({ user_id: id, display_name: `Person ${id}` })

async function openSockets(
  { stack }: Context,
  { url }: Parley,
  { people, only }: { people: Person[]; only: 'message.new' | 'presence.update' },
): Promise<Receivers> {
  const receivers = await openReceivers(url, {
    ...dialogsClients(people),
    count: people.length,
    only: `"${only}"`,
  })
  stack.defer(receivers.close)
  return receivers
}

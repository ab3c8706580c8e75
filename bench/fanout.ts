import { setTimeout as pause } from 'node:timers/promises'
import { Centrifuge } from 'centrifuge'
import { WebSocket } from 'ws'
import { broadcast, poster } from './broadcast.ts'
import type { Broadcast } from './broadcast.ts'
import type { Context } from './context.ts'
import { dialogsCrowd, groupCrowds, marketplaceCrowd } from './crowds.ts'
import type { Crowd } from './crowds.ts'
import { startFloor } from './floor.ts'
import { requestText } from './http-load.ts'
import { mapInParallel } from './parallel.ts'
import { createHome, signIn, startParley } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { openReceivers } from './receivers.ts'
import type { ReceiverOptions, Receivers } from './receivers.ts'
import { measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { createTally } from './tally.ts'

/** After this long everybody has heard of everything: who came online at the start, the last message at the end. */
const SETTLE_MS = 1000

/** One message to many connections, beside a bare broadcast of the same bytes. */
export async function fanout(context: Context): Promise<Row[]> {
  const { options } = context
  const [count = 2000] = options.connections ?? []
  const store = options.store ?? 'postgres'
  const parley = await startParley(context, await createHome(context, store, 'fanout'))
  const people = await mapInParallel(count, (n) => signIn(parley, String(n)))
  const [sender] = people
  if (!sender) throw new Error('Nobody is there.')
  context.log(`${count} people are signed in`)

  const rows: Row[] = []
  const measure = async (crowd: Crowd) => {
    const measured = await fanoutTo(context, parley, { crowd, sender })
    rows.push(...measured.rows)
    return measured.sent
  }
  const controls = await Promise.all(people.slice(0, 2).map((person) => officialClient(parley, person)))
  const sent = await measure(await marketplaceCrowd(parley, people, count))
  for (const control of controls) control.compare(sent)
  for (const crowd of await groupCrowds(parley, people)) await measure(crowd)
  await measure(dialogsCrowd(parley, people, count))
  for (const control of controls) control.disconnect()
  await parley.stop()
  return rows
}

interface Target {
  crowd: Crowd
  sender: Person
}

async function fanoutTo(context: Context, parley: Parley, { crowd, sender }: Target) {
  await using stack = new AsyncDisposableStack()
  const target = await openCrowd(parley, sender, crowd)
  stack.defer(target.close)
  const bare = await openBare({ ...context, stack }, target)
  context.log(`${crowd.name}: ${target.count} connections to each are open`)

  const rows: Row[] = []
  for (const inFlight of [8, 1]) {
    const contender = (name: string, contestant: Broadcast): Contender => ({
      name,
      measure: (seconds) => broadcast(contestant, { seconds, inFlight }),
    })
    const contenders = [contender('Parley', target), contender('bare ws broadcast', bare)] as const
    const name = `fanout, ${crowd.name}, ${target.count} connections, ${inFlight} in flight`
    rows.push(await measureInTurn(name, [...contenders], context))
  }
  await pause(SETTLE_MS)
  return { rows, sent: target.receivers.delivered() / target.count }
}

async function openCrowd(parley: Parley, sender: Person, { listeners, post }: Crowd) {
  const tally = createTally()
  const parts: Part[] = []
  for (const options of listeners) {
    const { latest, close } = await openReceivers(parley.url, options, tally)
    parts.push({ options, latest, close })
  }
  const { path, body } = await post()
  await pause(SETTLE_MS)
  const request = requestText({ method: 'POST', path, headers: sender.headers, body: JSON.stringify(body) })
  const count = listeners.reduce((sum, part) => sum + part.count, 0)
  const target = { open: poster(parley.url, request), receivers: tally, count }
  await broadcast(target, { seconds: 0.1, inFlight: 1 })
  return { ...target, parts, close: () => parts.forEach(({ close }) => close()) }
}

interface Part extends Pick<Receivers, 'latest' | 'close'> {
  options: ReceiverOptions
}

/** To as many, in each part what its like was told. */
async function openBare(
  { stack }: Context,
  { parts, count }: { parts: Part[]; count: number },
): Promise<Broadcast> {
  const floor = await startFloor(stack)
  const tally = createTally()
  for (const [n, { options, latest }] of parts.entries()) {
    const path = `/${n}`
    await floor.broadcasts(latest(), path)
    const { close } = await openReceivers(
      floor.url,
      { count: options.count, only: options.only, path },
      tally,
    )
    stack.defer(close)
  }
  const request = requestText({ method: 'POST', path: '/broadcast', body: JSON.stringify({ text: '' }) })
  return { open: poster(floor.url, request), receivers: tally, count }
}

/** A sample of what was counted, as the protocol's own client understands it. */
async function officialClient({ url }: Parley, { headers }: Person) {
  class CookieSocket extends WebSocket {
    constructor(address: string) {
      super(address, { headers })
    }
  }
  const client = new Centrifuge(`${url.replace('http', 'ws')}/connection/websocket`, {
    websocket: CookieSocket,
  })
  let received = 0
  client.on('publication', ({ data }: { data: { type: string } }) => {
    if (data.type === 'message.new') received += 1
  })
  client.connect()
  await client.ready()
  return {
    disconnect: () => client.disconnect(),
    compare(sent: number) {
      if (received !== sent) throw new Error(`The official client received ${received} of ${sent} messages.`)
    },
  }
}

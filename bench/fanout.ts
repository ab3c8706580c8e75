import { setTimeout as pause } from 'node:timers/promises'
import { Centrifuge } from 'centrifuge'
import { WebSocket } from 'ws'
import { broadcast, poster } from './broadcast.ts'
import type { Broadcast } from './broadcast.ts'
import { marketplaceClients } from './clients.ts'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { requestText } from './http-load.ts'
import type { StoreName } from './options.ts'
import { createHome, openConversations, signIn, startParley } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { openReceivers } from './receivers.ts'
import { measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'

const BODY = JSON.stringify({ text: 'Здравствуйте! Ещё продаёте? Могу забрать сегодня вечером' })
/** After this long everybody has heard of everything: who came online at the start, the last message at the end. */
const SETTLE_MS = 1000

/** One message to many connections of two people, beside a bare broadcast of the same bytes. */
export async function fanout(context: Context): Promise<Row[]> {
  const { options } = context
  const [count = 2000] = options.connections ?? []
  const store = options.store ?? 'postgres'
  const parley = await openParley(context, store, count)
  const bare = await openBare(context, parley.receivers.latest(), count)
  context.log(`${count} connections to each are open`)

  const rows: Row[] = []
  for (const inFlight of [8, 1]) {
    const contender = (name: string, target: Broadcast): Contender => ({
      name,
      measure: (seconds) => broadcast(target, { seconds, inFlight }),
    })
    const contenders = [contender('Parley', parley), contender('bare ws broadcast', bare)] as const
    const name = `fanout, ${store}, ${count} connections, ${inFlight} in flight`
    rows.push(await measureInTurn(name, [...contenders], context))
  }
  await parley.stop()
  await bare.stop()
  return rows
}

async function openParley(context: Context, store: StoreName, count: number) {
  const parley = await startParley(context, await createHome(context, store, 'fanout'))
  const [buyer, seller] = [await signIn(parley, '1'), await signIn(parley, '2')]
  const [conversation] = await openConversations(parley, { buyer, seller, count: 1 })
  const controls = [await officialClient(parley, buyer), await officialClient(parley, seller)]
  context.stack.defer(() => controls.forEach(({ disconnect }) => disconnect()))
  await pause(SETTLE_MS)
  const people = Array.from({ length: count }, (_, n) => (n % 2 === 0 ? seller : buyer))
  const receivers = await openReceivers(parley.url, { count, ...marketplaceClients(people) })
  context.stack.defer(receivers.close)
  const path = `/api/vendor/conversations/${conversation}/messages`
  const request = requestText({ method: 'POST', path, headers: buyer.headers, body: BODY })
  const target: Broadcast = { open: poster(parley.url, request), receivers, count }
  await broadcast(target, { seconds: 0.1, inFlight: 1 })
  return {
    ...target,
    receivers,
    async stop() {
      await pause(SETTLE_MS)
      for (const control of controls) control.compare(receivers.delivered() / count)
      for (const control of controls) control.disconnect()
      receivers.close()
      await parley.stop()
    },
  }
}

async function openBare({ stack }: Context, payload: string, count: number) {
  const floor = await startFloor(stack)
  await floor.put('/frame', JSON.stringify({ payload }))
  const receivers = await openReceivers(floor.url, { count })
  stack.defer(receivers.close)
  const request = requestText({ method: 'POST', path: '/broadcast', body: BODY })
  return { open: poster(floor.url, request), receivers, count, stop: floor.stop }
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

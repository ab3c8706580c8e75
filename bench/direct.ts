import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { broadcast } from './broadcast.ts'
import type { Broadcast, Sender } from './broadcast.ts'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { storesOf } from './options.ts'
import type { StoreName } from './options.ts'
import { createHome, signIn, startParley } from './parley.ts'
import { measureInTurn } from './samples.ts'
import type { Contender, Row } from './samples.ts'
import { storeFloor } from './store-floor.ts'
import { createTally } from './tally.ts'

const BODY = 'Здравствуйте! Ещё продаёте? Могу забрать сегодня вечером'

/** A message from one to the other, both on Socket.IO, beside the same by bare Socket.IO. */
export async function direct(context: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const store of storesOf(context.options)) rows.push(...(await directOn(context, store)))
  return rows
}

async function directOn(context: Context, store: StoreName): Promise<Row[]> {
  const storeAlone = await storeFloor(context, store, 1)
  const parley = await startParley(context, await createHome(context, store, 'direct'))
  const [alice, bob] = [await signIn(parley, '1'), await signIn(parley, '2')]
  const bobs = await connect(parley.url, bob.headers)
  const { roomId } = await call(bobs, 'join_chat', { userId: bob.id, targetUserId: alice.id })
  const message = { roomId, senderId: alice.id, body: BODY }
  const target = between(() => connect(parley.url, alice.headers), bobs, message)
  const sample = new Promise<object>((resolve) => bobs.once('new_message', resolve))
  await broadcast(target, { seconds: 0.1, inFlight: 1 })

  const bare = await startFloor(context.stack, './socketio-floor-server.ts')
  const listener = await connect(bare.url)
  await call(listener, 'join_chat', {})
  const echo = between(() => connect(bare.url), listener, await sample)

  const rows: Row[] = []
  for (const inFlight of [1, 8]) {
    const contender = (name: string, contestant: Broadcast): Contender => ({
      name,
      measure: (seconds) => broadcast(contestant, { seconds, inFlight }),
    })
    const floors = [contender('bare Socket.IO echo', echo), storeAlone(inFlight)]
    const name = `direct messages, ${store}, ${inFlight} in flight`
    rows.push(await measureInTurn(name, [contender('Parley', target), ...floors], context))
  }
  bobs.disconnect()
  listener.disconnect()
  await parley.stop()
  await bare.stop()
  return rows
}

/** Each of those who send at the same time has a connection of its own: a connection's events wait for each other. */
function between(open: () => Promise<Socket>, receiver: Socket, message: object): Broadcast {
  const { add, fail, ...tally } = createTally()
  receiver.on('new_message', () => add(1))
  receiver.on('disconnect', (reason) => fail(new Error(`The receiver was disconnected: ${reason}`)))
  return {
    receivers: tally,
    count: 1,
    async open(): Promise<Sender> {
      const socket = await open()
      return { send: () => call(socket, 'send_message', message), close: () => socket.disconnect() }
    },
  }
}

interface Answer {
  success: boolean
  roomId?: string
}

async function call(socket: Socket, event: string, payload: object): Promise<Answer> {
  const answer = (await socket.emitWithAck(event, payload)) as Answer // as docs/direct.md says
  if (answer.success) return answer
  throw new Error(`${event} was answered ${JSON.stringify(answer)}`)
}

async function connect(url: string, headers: Record<string, string> = {}): Promise<Socket> {
  const socket = io(url, { extraHeaders: headers, transports: ['websocket'], forceNew: true })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('connect_error', reject))
  return socket
}

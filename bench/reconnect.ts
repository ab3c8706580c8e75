import { setTimeout as pause } from 'node:timers/promises'
import { connect, dialogsClients, signedIn, socketIo } from './clients.ts'
import type { Clients } from './clients.ts'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { openLine, requestText } from './http-load.ts'
import { createLedger } from './ledger.ts'
import { openPairs, pairOf } from './pairs.ts'
import type { Pair } from './pairs.ts'
import { mapInParallel } from './parallel.ts'
import { createHome, signIn, startParley } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { openReceivers } from './receivers.ts'
import { measureInTurn } from './samples.ts'
import type { Row, Sample } from './samples.ts'

const PER_SECOND = 100
/** So long everybody is away, and misses what is written meanwhile. */
const AWAY_MS = 1000

/** How the clients of a transport come to what they have missed. */
interface Way {
  name: string
  post: (pair: Pair, text: string) => { path: string; body: object }
  clients: Clients
  /** Keeps what is needed to come back. */
  remember?: (n: number, message: string) => void
  /** What is asked for once the n-th is back. */
  missed?: (n: number) => string
  /** Who comes back hears all of a conversation again. */
  beginsAnew?: boolean
}

/** Everybody is cut off and comes back at once while messages are written: none is lost, and none comes twice. */
export async function reconnect(context: Context): Promise<Row[]> {
  const { options, stack } = context
  const [count = 2000] = options.connections ?? []
  const store = options.store ?? 'postgres'
  const parley = await startParley(context, await createHome(context, store, 'reconnect'))
  const people = await mapInParallel(count, (n) => signIn(parley, String(n)))
  const pairs = await openPairs(parley, people)
  const floor = await startFloor(stack)
  context.log(`${people.length} people are in ${pairs.length} conversations of each dialect`)

  const rows: Row[] = []
  for (const way of waysOf(pairs)) {
    const clients = await openClients(parley, pairs, way)
    const name = `reconnect, ${way.name}, ${store}, ${count} clients`
    const target = { name: 'Parley', measure: clients.comeBack }
    const handshakes = { name: 'bare ws handshakes', measure: () => shakeHands(floor.url, count) }
    rows.push(await measureInTurn(name, [target, handshakes], context))
    clients.close()
  }
  await parley.stop()
  return rows
}

function waysOf(pairs: Pair[]): Way[] {
  const people = pairs.flatMap((pair) => pair.people)
  return [centrifugoWay(people), socketIoWay(people, pairs), webSocketWay(people, pairs)]
}

/** Says how far it had come. */
function centrifugoWay(people: Person[]): Way {
  const places = new Map<number, { offset: number; epoch: string }>()
  const comeBack = (n: number) => {
    const place = places.get(n)
    const subs = place && { [`personal:#${n}`]: { recover: true, ...place } }
    return connect({ subs })
  }
  return {
    name: 'Centrifugo',
    post: ({ marketplace }, text) => ({
      path: `/api/vendor/conversations/${marketplace}/messages`,
      body: { text },
    }),
    clients: { ...signedIn(people), opening: (n) => [comeBack(n)] },
    remember(n, message) {
      const offset = Number(/"offset":(\d+)(?!.*"offset")/.exec(message)?.[1] ?? 0)
      const { epoch } = places.get(n) ?? { epoch: /"epoch":"([^"]+)"/.exec(message)?.[1] ?? '' }
      if (offset > 0) places.set(n, { offset, epoch })
    },
  }
}

/** Joins again, and is given the last messages. */
function socketIoWay(people: Person[], pairs: Pair[]): Way {
  const join = (n: number): [string, object] => {
    const pair = pairOf(pairs, n).people.map(({ id }) => id)
    const targetUserId = pair.find((id) => id !== String(n))
    return ['join_chat', { userId: String(n), targetUserId }]
  }
  return {
    name: 'Socket.IO',
    post: ({ chat }, text) => ({ path: `/api/chat/${chat}/messages`, body: { content: text } }),
    clients: { ...socketIo(join), ...signedIn(people) },
    beginsAnew: true,
  }
}

/** Asks for what followed the last message it knows. */
function webSocketWay(people: Person[], pairs: Pair[]): Way {
  const newest = new Map<number, string>()
  return {
    name: 'WebSocket',
    post: ({ dialog }, text) => ({ path: `/api/v1/dialogs/${dialog}/messages`, body: { content: text } }),
    clients: dialogsClients(people),
    remember(n, message) {
      const id = /^{"type":"message.new","id":"([^"]+)"/.exec(message)?.[1]
      if (id !== undefined) newest.set(n, id)
    },
    missed(n) {
      const last = newest.get(n)
      const path = `/api/v1/dialogs/${pairOf(pairs, n).dialog}/messages${last === undefined ? '' : `?after=${last}`}`
      return requestText({ path, headers: people[n - 1]?.headers ?? {} })
    },
  }
}

const NUMBER = /№ (\d+)\./g
const textOf = (number: number) => `Здравствуйте! Ещё продаёте? № ${number}.`
const numbersIn = (text: string) => Array.from(text.matchAll(NUMBER), ([, number]) => Number(number))

async function openClients(parley: Parley, pairs: Pair[], way: Way) {
  const count = 2 * pairs.length
  const traffic = await openTraffic(parley, pairs, way)
  let ledger = createLedger()
  const onMessage = (n: number, message: Buffer) => {
    const text = message.toString()
    way.remember?.(n, text)
    for (const number of numbersIn(text)) ledger.hear(n, number)
  }
  const onLost = (error: Error) => ledger.fail(error)
  const everyone = { ...way.clients, count, onMessage, onLost, workers: count }
  const connect = () => openReceivers(parley.url, everyone)
  let receivers = await connect()

  async function catchUp(questions: string[]): Promise<void> {
    await mapInParallel(questions.length, async (n) => {
      const line = await openLine(parley.url)
      const answer = await line.exchange(questions[n - 1] ?? '')
      for (const number of numbersIn(answer.toString())) ledger.learn(n, number)
      line.close()
    })
  }

  /** Each of a pair hears what either has written. */
  function* expected(): Iterable<[number, number]> {
    for (const number of traffic.written) {
      const first = 2 * Math.floor((number % count) / 2) + 1
      yield [first, number]
      yield [first + 1, number]
    }
  }

  /** Until everybody is back and has heard what was missed. */
  async function timeOfReturn(): Promise<number> {
    await pause(AWAY_MS)
    receivers.close()
    if (way.beginsAnew) ledger = createLedger()
    await pause(AWAY_MS)
    const missed = [...expected()]
    // From what each knew before the first message that it hears live again.
    const questions = Array.from(
      { length: way.missed ? count : 0 },
      (_, index) => way.missed?.(index + 1) ?? '',
    )
    const start = performance.now()
    receivers = await connect()
    await catchUp(questions)
    await ledger.heard(missed)
    return performance.now() - start
  }

  return {
    async comeBack(): Promise<Sample> {
      const stop = traffic.start()
      const max = await timeOfReturn().finally(stop)
      await ledger.heard(expected())
      ledger.checkOnce()
      return { max }
    },
    close: () => receivers.close(),
  }
}

/** Everybody writes in turn. */
async function openTraffic(parley: Parley, pairs: Pair[], { post }: Way) {
  const people = pairs.flatMap((pair) => pair.people)
  const written: number[] = []
  let next = 0

  async function write(number: number): Promise<void> {
    const { path, body } = post(pairOf(pairs, (number % people.length) + 1), textOf(number))
    const headers = people[number % people.length]?.headers
    const line = await openLine(parley.url)
    await line.exchange(requestText({ method: 'POST', path, headers, body: JSON.stringify(body) }))
    line.close()
    written.push(number)
  }

  return {
    /** Acknowledged. */
    written,
    start() {
      const failures: unknown[] = []
      const writing: Promise<unknown>[] = []
      const timer = setInterval(() => {
        writing.push(write(next++).catch((error: unknown) => failures.push(error)))
      }, 1000 / PER_SECOND)
      return async () => {
        clearInterval(timer)
        await Promise.all(writing)
        if (failures.length > 0) throw failures[0]
      }
    },
  }
}

async function shakeHands(url: string, count: number): Promise<Sample> {
  const start = performance.now()
  const receivers = await openReceivers(url, { count, workers: count })
  const max = performance.now() - start
  receivers.close()
  return { max }
}

import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import type { Floor } from './floor.ts'
import { openLine, requestText } from './http-load.ts'
import { openPairs, routesOf } from './pairs.ts'
import type { Pair, Route } from './pairs.ts'
import { mapInParallel } from './parallel.ts'
import { createHome, signIn, startParley } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { openReceivers } from './receivers.ts'
import type { Receivers } from './receivers.ts'
import { measureInTurn, spread } from './samples.ts'
import type { Contender, Row, Sample } from './samples.ts'
import { createTally } from './tally.ts'

const PER_SECOND = 1000
/** After this long everybody has heard of who came online. */
const SETTLE_MS = 1000

/** Messages that come evenly, from request to frame over each transport, beside a bare relay of the same bytes. */
export async function delivery(context: Context): Promise<Row[]> {
  const { options } = context
  const [count = 1000] = options.connections ?? []
  const store = options.store ?? 'postgres'
  const parley = await startParley(context, await createHome(context, store, 'delivery'))
  const people = await mapInParallel(count, (n) => signIn(parley, String(n)))
  const pairs = await openPairs(parley, people)
  const floor = await startFloor(context.stack)
  context.log(`${people.length} people are in ${pairs.length} conversations of each dialect`)

  const rows: Row[] = []
  for (const route of await routesOf(parley, pairs)) {
    await using stack = new AsyncDisposableStack()
    const target = await openTarget(parley, pairs, route, stack)
    const bare = await openRelay(floor, target, stack)
    await pause(SETTLE_MS)
    const contender = (name: string, side: Side): Contender => ({
      name,
      measure: (seconds) => deliver(side, seconds),
    })
    const contenders = [contender('Parley', target), contender('bare relay', bare)] as const
    rows.push(await measureInTurn(`delivery, ${route.name}, ${store}`, [...contenders], context))
  }
  await parley.stop()
  return rows
}

/** Where messages go, each with a number. */
interface Side {
  posts: Post[]
  request: (number: number) => string
  arrivals: Arrivals
  sent: number
}

/** They write in turn. */
const senderOf = (number: number, people: number) => (number % people) + 1
const companionOf = (n: number) => ((n - 1) ^ 1) + 1

async function openTarget(
  parley: Parley,
  pairs: Pair[],
  { post, clients }: Route,
  stack: AsyncDisposableStack,
) {
  const people = pairs.flatMap((pair) => pair.people)
  const arrivals = createArrivals(people.length)
  const { latest, close } = await openReceivers(parley.url, { ...clients, ...arrivals.listener })
  stack.defer(close)
  const request = (number: number) => {
    const n = senderOf(number, people.length)
    const { path, body } = post(pairs[Math.floor((n - 1) / 2)] as Pair, textOf(number)) // there is one for each two
    const { headers } = people[n - 1] as Person
    return requestText({ method: 'POST', path, headers, body: JSON.stringify(body) })
  }
  return { posts: await openPosts(parley.url, people.length, stack), request, arrivals, latest, sent: 0 }
}

/** The same people, as a server sees them that keeps nothing. */
async function openRelay(
  floor: Floor,
  target: Side & Pick<Receivers, 'latest'>,
  stack: AsyncDisposableStack,
): Promise<Side> {
  await deliver(target, 0.1)
  const sample = target.latest().toString()
  const { length: people } = target.posts
  const arrivals = createArrivals(people)
  const { close } = await openReceivers(floor.url, { ...arrivals.listener, path: (n) => `/${n}` })
  stack.defer(close)
  const request = (number: number) => {
    const path = `/relay/${companionOf(senderOf(number, people))}`
    return requestText({
      method: 'POST',
      path,
      body: JSON.stringify({ text: sample.replace(NUMBER, `№ ${number}.`) }),
    })
  }
  return { posts: await openPosts(floor.url, people, stack), request, arrivals, sent: 0 }
}

/** A connection of each sender, who has their messages sent one after the other. */
async function openPosts(url: string, count: number, stack: AsyncDisposableStack): Promise<Post[]> {
  const lines = await mapInParallel(count, () => openLine(url))
  stack.defer(() => lines.forEach(({ close }) => close()))
  return lines.map(({ exchange }) => {
    let last: Promise<unknown> = Promise.resolve()
    return (request) => (last = last.then(() => exchange(request)))
  })
}

type Post = (request: string) => Promise<unknown>

const NUMBER = /№ (\d+)\./
const textOf = (number: number) => `Здравствуйте! Ещё продаёте? Могу забрать сегодня. № ${number}.`

/** When each message came to whom it was written. */
function createArrivals(people: number) {
  const times: number[] = []
  const { add, reached } = createTally()
  const onMessage = (n: number, message: Buffer) => {
    const number = Number(NUMBER.exec(message.toString())?.[1] ?? -1)
    if (number < 0 || n !== companionOf(senderOf(number, people)) || times[number] !== undefined) return
    times[number] = performance.now()
    add(1)
  }
  return { times, reached, listener: { count: people, only: '№ ', onMessage } }
}

type Arrivals = ReturnType<typeof createArrivals>

/** Each message is due at a moment of its own, whatever became of those before; timed from that moment. */
async function deliver(side: Side, seconds: number): Promise<Sample> {
  const { posts, request, arrivals } = side
  const count = Math.round(PER_SECOND * seconds)
  const first = side.sent
  side.sent += count
  const start = performance.now()
  const dueAt = (number: number) => start + ((number - first) * 1000) / PER_SECOND
  const answers: Promise<unknown>[] = []
  for (let number = first; number < side.sent; number++) {
    const early = dueAt(number) - performance.now()
    if (early > 0) await pause(early)
    const sender = number % posts.length
    const post = posts[sender] as Post // there is one for each
    // The last of each stands for those before. To keep all of them is work for the collector, which holds messages up.
    answers[sender] = post(request(number))
    answers[sender].catch(() => undefined) // is told of below
  }
  await Promise.all([...answers, arrivals.reached(side.sent)])
  return spread(
    arrivals.times.slice(first).map((time, n) => time - dueAt(first + n)),
    PER_SECOND,
  )
}

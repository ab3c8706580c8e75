import { fileURLToPath } from 'node:url'
import { broadcast, poster } from './broadcast.ts'
import { connect } from './clients.ts'
import type { Clients } from './clients.ts'
import type { Context } from './context.ts'
import { startFloor } from './floor.ts'
import { openLine, requestText } from './http-load.ts'
import { bareWsOf, measureIdle } from './idle.ts'
import { startServer } from './processes.ts'
import { openReceivers } from './receivers.ts'
import { measureInTurn } from './samples.ts'
import type { Contender, Row, Sample } from './samples.ts'

const BODY = JSON.stringify({ text: 'Здравствуйте! Ещё продаёте? Могу забрать сегодня вечером' })
/** Publications that every client has missed when it comes back. */
const MISSED = 100
/** So many come and go, all at the same time but for what the backlog of a listening socket holds. */
const AT_ONCE = 2000
const BACKLOG = 500

/** packages/centrifuge alone, with its memory engine: an application of its own beside bare ws. */
export async function centrifuge(context: Context): Promise<Row[]> {
  const sizes = context.options.connections ?? [2000, 10_000]
  const rows: Row[] = []
  for (const size of sizes) rows.push(...(await fanoutTo(context, size)))
  rows.push(await connects(context), await recoveries(context))
  const start = () => startNews(context)
  const idle = { name: 'centrifuge idle', start, clients: everyone, floors: [bareWsOf(context)] }
  return [...rows, ...(await measureIdle(context, sizes, [idle]))]
}

const startNews = ({ stack }: Context) =>
  startServer(stack, { args: [fileURLToPath(import.meta.resolve('../packages/centrifuge/example/news.ts'))] })

const everyone: Clients = {
  headers: (n) => ({ cookie: String(n) }),
  opening: () => [connect()],
}

async function fanoutTo(context: Context, count: number): Promise<Row[]> {
  const news = await startNews(context)
  const floor = await startFloor(context.stack)
  await floor.broadcasts(await samplePush(news.url))
  const rows: Row[] = []
  for (const inFlight of [8, 1]) {
    const contender = (name: string, path: string, target: Target): Contender => ({
      name,
      measure: (seconds) => broadcastTo(target, { count, request: post(path), seconds, inFlight }),
    })
    const contenders = [
      contender('centrifuge', '/news', { url: news.url, receivers: everyone }),
      contender('bare ws broadcast', '/broadcast', { url: floor.url, receivers: {} }),
    ] as const
    const name = `centrifuge fanout, ${count} connections, ${inFlight} in flight`
    rows.push(await measureInTurn(name, [...contenders], context))
  }
  await Promise.all([news.stop(), floor.stop()])
  return rows
}

interface Target {
  url: string
  receivers: Clients
}

/** Connections are opened for each round: a process may not have enough of them for both sides at a time. */
async function broadcastTo(
  { url, receivers: options }: Target,
  { count, request, ...load }: { count: number; request: string; seconds: number; inFlight: number },
): Promise<Sample> {
  const receivers = await openReceivers(url, { ...options, count })
  const sample = await broadcast({ open: poster(url, request), receivers, count }, load)
  receivers.close()
  return sample
}

/** A publication as its receivers get it. */
async function samplePush(url: string): Promise<Buffer> {
  const receivers = await openReceivers(url, { ...everyone, count: 1 })
  const open = poster(url, post('/news'))
  await broadcast({ open, receivers, count: 1 }, { seconds: 0.1, inFlight: 1 })
  receivers.close()
  return receivers.latest()
}

/** From the first handshake to the last connect reply, over and over. */
async function connects(context: Context): Promise<Row> {
  const news = await startNews(context)
  const floor = await startFloor(context.stack)
  const row = await measureInTurn(
    `centrifuge connects, ${AT_ONCE} at a time`,
    [
      { name: 'centrifuge', measure: () => comeAndGo(news.url, everyone) },
      { name: 'bare ws handshakes', measure: () => comeAndGo(floor.url, {}) },
    ],
    context,
  )
  await Promise.all([news.stop(), floor.stop()])
  return row
}

/** The same, when everybody comes back at once and has missed publications that the connect reply brings. */
async function recoveries(context: Context): Promise<Row> {
  const news = await startNews(context)
  const floor = await startFloor(context.stack)
  const line = await openLine(news.url)
  const [first] = await repeat(MISSED + 1, () => line.exchange(post('/news')))
  line.close()
  // As `publish` of the package answers.
  const { offset, epoch } = JSON.parse(String(first)) as { offset: number; epoch: string }
  const subs = { news: { recover: true, offset, epoch } }
  const back: Clients = { ...everyone, opening: () => [connect({ subs })] }
  const row = await measureInTurn(
    `centrifuge recoveries of ${MISSED}, ${AT_ONCE} at a time`,
    [
      { name: 'centrifuge', measure: () => comeAndGo(news.url, back) },
      { name: 'bare ws handshakes', measure: () => comeAndGo(floor.url, {}) },
    ],
    context,
  )
  await Promise.all([news.stop(), floor.stop()])
  return row
}

async function comeAndGo(url: string, options: Clients): Promise<Sample> {
  const start = performance.now()
  const receivers = await openReceivers(url, { ...options, count: AT_ONCE, workers: BACKLOG })
  const seconds = (performance.now() - start) / 1000
  receivers.close()
  return { perSecond: AT_ONCE / seconds }
}

const post = (path: string) => requestText({ method: 'POST', path, body: BODY })

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let n = 0; n < times; n++) results.push(await work())
  return results
}

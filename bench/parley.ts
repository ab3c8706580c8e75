import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Context, Home } from './context.ts'
import type { StoreName } from './options.ts'
import { mapInParallel } from './parallel.ts'
import { startProcess, startServer, temporaryFolder } from './processes.ts'
import type { Server } from './processes.ts'
import { printProfile } from './profile.ts'

const MAIN = join(import.meta.dirname, '../packages/server/src/main.ts')
/** As `npm run serve` has it. */
const YOUNG = '--max-semi-space-size=16'

export interface Parley extends Server {
  /** `PUT`, `POST` … below `/host`. */
  host: Call
  /** The same below `/api/v1/management`. */
  manage: Call
}

type Call = <Data>(method: string, path: string, body: object) => Promise<Data>

export interface Person {
  id: string
  /** Cookie and CSRF token. */
  headers: Record<string, string>
}

export async function createHome(
  { stack, postgres }: Context,
  store: StoreName,
  name: string,
): Promise<Home> {
  const dataFolder = await temporaryFolder(stack)
  const databaseUrl = store === 'postgres' ? await (await postgres()).createDatabase(name) : undefined
  return { dataFolder, databaseUrl }
}

/** A home whose database has Parley's schema and nothing in it. */
export async function createSchema(context: Context, store: StoreName, name: string): Promise<Home> {
  const home = await createHome(context, store, name)
  await promisify(execFile)(process.execPath, [MAIN, 'migrate'], { env: environmentOf(home) })
  return home
}

const environmentOf = ({ dataFolder, databaseUrl }: Home) => ({
  PARLEY_DATA: dataFolder,
  ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
})

/** The demo, with its web app, which the first start may have to build. */
export async function startDemo({ stack }: Context, { dataFolder }: Home) {
  const { found: url, stop } = await startProcess(stack, {
    command: process.execPath,
    args: [MAIN, '--demo'],
    env: { PORT: '0', PARLEY_DATA: dataFolder, PARLEY_RATE_LIMIT: '0' },
    ready: /listening at (http:\S+),/,
  })
  return { url, stop }
}

export async function startParley({ stack, options }: Context, home: Home): Promise<Parley> {
  const token = randomBytes(24).toString('hex')
  const profiles = options.profile ? await temporaryFolder(stack) : undefined
  const server = await startServer(stack, {
    args: [...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]), YOUNG, MAIN],
    env: {
      PORT: '0',
      ...environmentOf(home),
      PARLEY_LOG_LEVEL: 'warn',
      // Every request is counted, and none refused.
      PARLEY_RATE_LIMIT: '1000000',
      PARLEY_HOST_TOKEN: token,
      PARLEY_ADMIN_TOKENS: token,
    },
  })
  const headers = { authorization: `Bearer ${token}` }
  const below =
    (base: string): Call =>
    (method, path, body) =>
      fetchData(`${server.url}${base}${path}`, { method, headers, body })
  return {
    ...server,
    host: below('/host'),
    manage: below('/api/v1/management'),
    async stop() {
      await server.stop()
      if (profiles !== undefined) await printProfile(profiles)
    },
  }
}

export async function signIn(parley: Parley, id: string): Promise<Person> {
  await parley.host('PUT', `/users/${id}`, { display_name: `Person ${id}` })
  return openSession(parley, id)
}

/** For somebody who is known already. */
export async function openSession(parley: Parley, id: string): Promise<Person> {
  const { session, csrf_token } = await parley.host<{ session: string; csrf_token: string }>(
    'POST',
    '/sessions',
    {
      user_id: id,
    },
  )
  return { id, headers: { cookie: `PARTIZAP_SESSION=${session}`, 'x-csrf-token': csrf_token } }
}

/** With which clients of the workspace connect. */
export async function realtimeTokens({ url }: Parley, people: Person[]): Promise<string[]> {
  return mapInParallel(people.length, async (n) => {
    const asked = { method: 'POST', headers: people[n - 1]?.headers ?? {} }
    const { token } = await fetchData<{ token: string }>(`${url}/realtime/token`, asked)
    return token
  })
}

interface Opening {
  buyer: Person
  seller: Person
  count: number
}

/** What a person asks of a dialect. */
export const speaker =
  ({ url }: Parley, { headers }: Person): Call =>
  (method, path, body) =>
    fetchData(`${url}${path}`, { method, headers, body })

/** Conversations of two people, each about a product of its own; their ids. */
export async function openConversations(
  parley: Parley,
  { buyer, seller, count }: Opening,
): Promise<number[]> {
  return mapInParallel(count, async (product) => {
    const about = { seller_id: seller.id, title: `Product ${product}`, price: 10, status: 'active' }
    await parley.host('PUT', `/products/${product}`, about)
    const url = `${parley.url}/api/vendor/conversations`
    const { id } = await fetchData<{ id: number }>(url, {
      method: 'POST',
      headers: buyer.headers,
      body: { product_id: product },
    })
    return id
  })
}

/** Groups of two people; their ids. */
export async function openGroups(parley: Parley, { buyer, seller, count }: Opening): Promise<number[]> {
  return mapInParallel(count, async (n) => {
    const { chat } = await fetchData<{ chat: { _id: string } }>(`${parley.url}/api/chat`, {
      method: 'POST',
      headers: buyer.headers,
      body: { type: 'group', title: `Group ${n}`, participantIds: [seller.id, buyer.id] },
    })
    return Number(chat._id)
  })
}

interface Request {
  method?: string
  headers: Record<string, string>
  body?: object
}

async function fetchData<Data>(url: string, { method = 'GET', headers, body }: Request): Promise<Data> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}`)
  return (JSON.parse(text || '{}') as { data: Data }).data // every answer that says anything is in this envelope
}

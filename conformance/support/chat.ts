import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Conversation } from '@parley/wire/marketplace'
import { openConversation, send } from './acts.ts'
import { withDatabase, type Database } from './database.ts'
import { putProduct } from './host.ts'
import { connect, type Listener } from './listener.ts'
import { createPerson, type Person } from './person.ts'
import { discard, startServer, type Server, type ServerOptions } from './server.ts'

export interface Pair {
  buyer: Person
  seller: Person
  product: number
  conversation: Conversation
}

/** One server for the tests of a file, and what they need to fill it: everybody and everything has an id of its own. */
export interface Chat {
  server: () => Server
  /** Does to the database what no request does, while no server is on it; the next one has another address. */
  alter: (work: (db: Database) => Promise<unknown>) => Promise<void>
  /** Kills the server, whatever it is doing, and starts it again at another address. */
  revive: () => Promise<Server>
  person: (name?: string) => Promise<Person>
  product: (seller: Person, fields?: Record<string, unknown>) => Promise<number>
  /** A buyer, a seller, and their empty conversation. */
  pair: () => Promise<Pair>
  /** An official client that is closed after the test. */
  connect: (person: Person) => Promise<Listener>
  /** The same, deaf to what was published before; the person's list has one conversation more thereby. */
  connectNow: (person: Person) => Promise<Listener>
  /** Resolves once everything published to this person so far has arrived. */
  settled: (person: Person, listener: Listener) => Promise<void>
  /** What `next` has not taken once everything has arrived, comings and goings of companions aside. */
  untaken: (person: Person, listener: Listener) => Promise<Listener['received']>
}

/** Registers start and stop with the test file. */
export function useChat(options: () => ServerOptions = () => ({})): Chat {
  const { server, alter, revive, nextId } = useServer(options)
  const listeners: Listener[] = []
  const fences = new Map<number, number>()
  afterEach(async () => {
    for (const listener of listeners.splice(0)) await listener.close()
  })

  const person = (name?: string) => {
    const id = nextId()
    return createPerson(server(), { id, name: name ?? `Person ${id}` })
  }
  const product = async (seller: Person, fields: Record<string, unknown> = {}) => {
    const id = nextId()
    const defaults = { seller_id: String(seller.id), title: `Product ${id}`, price: 10, status: 'active' }
    await putProduct(server(), id, { ...defaults, ...fields })
    return id
  }
  const pair = async () => {
    const [buyer, seller] = await Promise.all([person('Buyer'), person('Seller')])
    const productId = await product(seller)
    return { buyer, seller, product: productId, conversation: await openConversation(buyer, productId) }
  }

  // The sender's own message reaches the sender's clients after everything that was published to them before it.
  const settled = async (owner: Person, listener: Listener) => {
    const fence = fences.get(owner.id) ?? (await openConversation(owner, await product(await person()))).id
    fences.set(owner.id, fence)
    // Twice: a count is exact where it stands, and may stand behind a message that was sent after its cause.
    for (const text of ['fence', 'second fence']) {
      const { id } = await send(owner, fence, text)
      await listener.next('message.new', ({ message }) => message.id === id)
    }
  }
  const untaken = async (owner: Person, listener: Listener) => {
    await settled(owner, listener)
    return listener.rest().filter(({ type }) => type !== 'presence')
  }

  const connected = async (owner: Person) => {
    const listener = await connect(owner)
    listeners.push(listener)
    return listener
  }
  const connectNow = async (owner: Person) => {
    const listener = await connected(owner)
    await settled(owner, listener)
    listener.rest()
    listener.received.length = 0
    return listener
  }
  return { server, alter, revive, person, product, pair, connect: connected, connectNow, settled, untaken }
}

function useServer(options: () => ServerOptions) {
  let running: Server | undefined
  let lastId = 1000
  beforeAll(async () => {
    running = await startServer(options())
  })
  afterAll(async () => {
    if (running === undefined) return
    await running.stop().finally(() => running && discard(running))
  })
  const server = () => {
    if (running === undefined) throw new Error('the server is started before the first test')
    return running
  }
  const alter = async (work: (db: Database) => Promise<unknown>) => {
    const { data, hostToken, stop } = server()
    const { env } = options()
    await stop()
    await withDatabase({ dataDir: data, databaseUrl: env?.['DATABASE_URL'] }, work)
    running = await startServer({ data, env: { ...env, PARLEY_HOST_TOKEN: hostToken } })
  }
  const revive = async () => {
    const { data, hostToken, kill } = server()
    await kill()
    running = await startServer({ data, env: { ...options().env, PARLEY_HOST_TOKEN: hostToken } })
    return running
  }
  return { server, alter, revive, nextId: () => ++lastId }
}

import { messageResponse, type Message } from '@parley/wire/marketplace'
import type { Reply } from '../support/http.ts'
import type { Person } from '../support/person.ts'
import { within } from '../support/wait.ts'
import { conversationsOf, type Conversation, type World } from './people.ts'
import { between, pick, type Random } from './random.ts'

export interface Load {
  acknowledged: Message[]
  /** How far a person has certainly read, or confirmed delivery, in a conversation: a message's id. */
  cursors: { read: Cursors; delivered: Cursors }
  /** Resolves once so many more messages have been acknowledged. */
  reach: (count: number) => Promise<void>
  /** Nobody asks for anything new; resolves once every request has been answered, or has failed. */
  hold: () => Promise<void>
  resume: () => void
}

export interface LoadOptions {
  random: Random
  /** Settles when the server is back; undefined while there is one. */
  absence?: () => Promise<void> | undefined
  /** Appended to every text. */
  filler?: string
}

interface Cursors {
  of: (conversation: Conversation, person: Person) => number
  raise: (conversation: Conversation, person: Person, to: number) => void
}

/**
 * Everybody but the listener writes in each of their conversations as fast as replies come, and everybody marks
 * things read and delivered. What failed is asked again, with the same key, until it is answered.
 */
export function startLoad(
  world: World,
  { random, absence = () => undefined, filler = '' }: LoadOptions,
): Load {
  const acknowledged: Message[] = []
  const cursors = { read: createCursors(), delivered: createCursors() }
  const inFlight = new Set<Promise<unknown>>()
  const failed = Promise.withResolvers<never>()
  const watchers = new Set<() => void>()
  let held: PromiseWithResolvers<void> | undefined
  failed.promise.catch(() => undefined)

  async function insist(post: () => Promise<Reply>): Promise<Reply> {
    for (;;) {
      const closed = held?.promise ?? absence()
      if (closed) {
        await closed
        continue
      }
      // Whether a request that failed was done is unknown.
      const asking = post().catch(() => undefined)
      inFlight.add(asking)
      const reply = await asking
      inFlight.delete(asking)
      if (reply && reply.status !== 503) return reply
    }
  }

  async function write(person: Person, { id }: Conversation): Promise<void> {
    for (let n = 1; ; n++) {
      const key = { 'idempotency-key': `${person.id}/${id}/${n}` }
      const text = `${person.id}/${n}${filler}`
      const reply = await insist(() => person.post(`/conversations/${id}/messages`, { text }, key))
      if (reply.status !== 201 && reply.status !== 200) throw unexpected('a message', reply)
      acknowledged.push(messageResponse.parse(reply.body).data)
      for (const watch of watchers) watch()
    }
  }

  async function read(person: Person): Promise<void> {
    const [first, ...others] = conversationsOf(world, person)
    if (!first) return
    for (;;) {
      await reached(between(random, 2, 12))
      const conversation = pick(random, [first, ...others])
      const { id } = conversation
      const newest = acknowledged.findLast((message) => message.conversation_id === id)?.id
      if (newest === undefined) continue
      const kind = random() < 0.6 ? 'read' : 'delivered'
      const body = kind === 'read' ? undefined : { last_message_id: newest }
      const reply = await insist(() => person.post(`/conversations/${id}/${kind}`, body))
      if (reply.status !== 200) throw unexpected(kind, reply)
      cursors[kind].raise(conversation, person, newest)
    }
  }

  function reached(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const goal = acknowledged.length + count
    const watch = () => {
      if (acknowledged.length < goal) return
      watchers.delete(watch)
      resolve(undefined)
    }
    watchers.add(watch)
    watch()
    return promise
  }

  const writers = world.conversations.flatMap((conversation) =>
    conversation.members
      .filter((person) => person !== world.listener)
      .map((person) => write(person, conversation)),
  )
  Promise.all([...writers, ...world.people.map(read)]).catch(failed.reject)

  return {
    acknowledged,
    cursors,
    reach: (count) => {
      const goal = acknowledged.length + count
      const what = () => `${goal} acknowledged messages; there are ${acknowledged.length}`
      return within(30_000, what, Promise.race([reached(count), failed.promise]))
    },
    hold: async () => {
      held ??= Promise.withResolvers()
      await within(15_000, () => `${inFlight.size} requests to be answered`, Promise.all(inFlight))
    },
    resume: () => {
      held?.resolve()
      held = undefined
    },
  }
}

function createCursors(): Cursors {
  const places = new Map<string, number>()
  const key = (conversation: Conversation, person: Person) => `${conversation.id}/${person.id}`
  const of = (conversation: Conversation, person: Person) => places.get(key(conversation, person)) ?? 0
  return {
    of,
    raise: (conversation, person, to) => {
      places.set(key(conversation, person), Math.max(of(conversation, person), to))
    },
  }
}

function unexpected(what: string, { status, body }: Reply): Error {
  return new Error(`${what} was answered ${status} ${JSON.stringify(body)}`)
}

import { keepTrying } from '../db/back-off.ts'
import type { Database } from '../db/database.ts'
import { deleteDelivery, dueIn, leaseDeliveries, releaseDelivery, retryDelivery } from '../db/webhooks.ts'
import type { Delivery } from '../db/webhooks.ts'
import { createBell } from './bell.ts'
import { sendDelivery } from './webhook-request.ts'
import type { RequestOptions } from './webhook-request.ts'

const LEASE = {
  limit: 8,
  /** Longer than so many may take one after the other. */
  leaseSeconds: 90,
}
const LOOK_MS = 15_000
const SHORTEST_MS = 50
const LONGEST_BACK_OFF = 3600
/** The others that begin with 4 will be the same next time. */
const NOT_NOW = [408, 425, 429]

export interface TargetOptions extends RequestOptions {
  db: Database
  url: string
  log: { warn: (fields: object, text: string) => void }
  onError: (error: unknown) => void
  /** How many seconds to wait after so many attempts. */
  backOff?: (attempts: number) => number
}

export interface Target {
  /** There may be something to deliver. */
  wake(): void
  /** Resolves after its signal has aborted. */
  stopped: Promise<void>
}

/** Delivers what waits for one address, a few at a time and, as long as none fails, in order within a conversation. */
export function startTarget({ backOff = doubledUpTo(LONGEST_BACK_OFF), ...options }: TargetOptions): Target {
  const { db, log, onError, signal } = options
  const url = new URL(options.url)
  const bell = createBell()
  let isFailing = false

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      const { looked, deliveries, expired } = await leaseDeliveries(db, options.url, LEASE)
      for (const delivery of expired) tellDropped(delivery, 'not delivered in time')
      const conversations = Map.groupBy(deliveries, ({ conversationId }) => conversationId)
      await Promise.all(Array.from(conversations.values(), (queue) => deliverInOrder(queue).catch(onError)))
      if (looked === 0) await bell.heard(await pause())
    }
  }

  async function pause(): Promise<number> {
    const ms = (await dueIn(db, options.url)) ?? LOOK_MS
    return Math.min(Math.max(ms, SHORTEST_MS), LOOK_MS)
  }

  async function deliverInOrder(queue: Delivery[]): Promise<void> {
    for (const delivery of queue) await deliver(delivery)
  }

  async function deliver(delivery: Delivery): Promise<void> {
    const { id, attempts } = delivery
    const { outcome, reason } = await attempt(delivery)
    if (outcome === 'undone') return releaseDelivery(db, id)
    if (outcome === 'failed') {
      if (!isFailing) log.warn({ target: url.origin, reason }, 'webhooks are not taken; trying again')
      isFailing = true
      return retryDelivery(db, id, backOff(attempts))
    }
    isFailing = false
    if (outcome === 'refused') tellDropped(delivery, reason)
    return deleteDelivery(db, id)
  }

  async function attempt(delivery: Delivery): Promise<Attempt> {
    try {
      signal.throwIfAborted()
      const status = await sendDelivery(url, delivery, options)
      return { outcome: outcomeOf(status), reason: `status ${status}` }
    } catch (error) {
      return { outcome: signal.aborted ? 'undone' : 'failed', reason: reasonOf(error) }
    }
  }

  function tellDropped({ id, type }: Pick<Delivery, 'id' | 'type'>, reason: string): void {
    log.warn({ target: url.origin, webhook: id, event: type, reason }, 'webhook dropped')
  }

  signal.addEventListener('abort', bell.ring)
  return { wake: bell.ring, stopped: keepTrying(follow, signal, onError) }
}

type Outcome = 'delivered' | 'refused' | 'failed' | 'undone'

interface Attempt {
  outcome: Outcome
  reason: string
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'delivered'
  return status >= 400 && status < 500 && !NOT_NOW.includes(status) ? 'refused' : 'failed'
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return error.cause instanceof Error ? error.cause.message : error.message
}

/** Jittered, so that what failed together does not come back together. */
function doubledUpTo(longest: number) {
  return (attempts: number) => Math.min(2 ** (attempts - 1), longest) * (0.75 + Math.random() / 2)
}

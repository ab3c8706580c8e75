import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { isLogBehind, numberEvents } from '../db/events.ts'
import type { Numbered } from '../db/events.ts'
import type { Tail } from './tail.ts'

/** An event whose notification was lost waits no longer than this. */
const POLL_MS = 5_000
const RETRY_MS = 500

export interface Sequencer {
  /** Something was committed: number it now, or have the leader do so. */
  wake(): void
  /** Hands on what this process has committed with its places in the log. */
  append(batch: Numbered): void
  stop(): Promise<void>
}

export interface SequencerOptions {
  db: Database
  tail: Tail
  onError: (error: unknown) => void
}

/**
 * Keeps the log moving. Of all processes on a database one leads: it numbers events that were committed without a place.
 * The others tell it when they commit such, and each tells the others, if there are any, when it has placed some.
 */
export async function startSequencer({ db, tail, onError }: SequencerOptions): Promise<Sequencer> {
  const stop = new AbortController()
  const bell = createBell()
  let leading = false
  const self = randomUUID()
  /** Other processes that have ever followed the log beside this one. */
  const others = new Set<string>()
  const tellLeader = createTeller(() => db.notify('parley_committed', '').catch(onError))
  const tellOthers = createTeller(() => db.notify('parley_numbered', self).catch(onError))

  const ring = () => {
    if (leading) bell.ring()
    else tellLeader.tell()
  }

  async function accept(batch: Numbered): Promise<void> {
    await tail.accept(batch)
    if (others.size > 0) tellOthers.tell()
  }

  const greet = () => db.notify('parley_following', self)

  /** Whoever comes is greeted, hence knows of this process too, and reads what they may have missed until now. */
  async function meet(other: string): Promise<void> {
    if (other === self || others.has(other)) return
    await greet()
    if (other !== '') others.add(other)
    tellOthers.tell()
  }

  async function number(): Promise<void> {
    const batch = await numberEvents(db)
    // A leader that died may have numbered what it told nobody of.
    if (batch.rows.length === 0) return tail.catchUp()
    await accept(batch)
  }

  async function lead(signal: AbortSignal): Promise<void> {
    const rung = async () => {
      await bell.wait()
      return !signal.aborted
    }
    signal.addEventListener('abort', bell.ring, { once: true })
    leading = true
    bell.ring()
    while (await rung()) await number().catch((error: unknown) => retry(error, signal))
    // What was committed last is delivered before another takes over.
    await number().catch(onError)
    leading = false
  }

  async function retry(error: unknown, signal: AbortSignal): Promise<void> {
    onError(error)
    bell.ring()
    await setTimeout(RETRY_MS, undefined, { signal }).catch(() => undefined)
  }

  const readOn = () => void tail.catchUp().catch(onError)
  const unlisten = await Promise.all([
    db.listen('parley_committed', () => leading && bell.ring()),
    db.listen('parley_numbered', (by) => by === self || readOn()),
    db.listen('parley_following', (who) => void meet(who).catch(onError)),
  ])
  await greet()
  const look = async () => {
    if (leading && (await isLogBehind(db))) bell.ring()
    await tail.catchUp()
  }
  const poll = setInterval(() => void look().catch(onError), POLL_MS)
  const reign = db.lead('parley_sequencer', lead, stop.signal)

  return {
    wake: ring,
    append: (batch) => void accept(batch).catch(onError),
    async stop() {
      clearInterval(poll)
      stop.abort()
      await reign
      await Promise.all([tellLeader.told(), tellOthers.told()])
      await Promise.all(unlisten.map((off) => off()))
    },
  }
}

/** Rings are remembered until somebody waits; many rings are one. */
function createBell() {
  let rung = false
  let answer: (() => void) | null = null
  return {
    ring() {
      rung = true
      answer?.()
    },
    async wait(): Promise<void> {
      if (!rung) await new Promise<void>((resolve) => (answer = resolve))
      answer = null
      rung = false
    },
  }
}

/** Says the same thing again and again, once at a time: what is to be said meanwhile is said once more. */
function createTeller(say: () => Promise<void>) {
  let saying: Promise<void> | null = null
  const bell = { rung: false }
  async function speak(): Promise<void> {
    while (bell.rung) {
      bell.rung = false
      await say()
    }
    saying = null
  }
  return {
    tell() {
      bell.rung = true
      saying ??= speak()
    },
    told: async () => saying ?? undefined,
  }
}

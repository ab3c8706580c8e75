import { setTimeout } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { numberEvents } from '../db/events.ts'
import type { Tail } from './tail.ts'

/** An event whose notification was lost waits no longer than this. */
const POLL_MS = 5_000
const RETRY_MS = 500

export interface Sequencer {
  /** Something was committed: number it now, or have the leader do so. */
  wake(): void
  stop(): Promise<void>
}

export interface SequencerOptions {
  db: Database
  tail: Tail
  onError: (error: unknown) => void
}

/**
 * Keeps the log moving. Of all processes on a database one leads: it numbers committed events. The others tell it
 * when they commit, and read on when it tells them that it numbered some.
 */
export async function startSequencer({ db, tail, onError }: SequencerOptions): Promise<Sequencer> {
  const stop = new AbortController()
  const bell = createBell()
  let leading = false
  let told = Promise.resolve()

  const ring = () => {
    if (leading) bell.ring()
    else told = db.notify('parley_committed', '').catch(onError)
  }

  async function number(): Promise<void> {
    const batch = await numberEvents(db)
    // A leader that died may have numbered what it told nobody of.
    if (batch.rows.length === 0) return tail.catchUp()
    await tail.accept(batch)
    told = db.notify('parley_numbered', '').catch(onError)
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
    db.listen('parley_numbered', () => leading || readOn()),
  ])
  const poll = setInterval(() => {
    if (leading) bell.ring()
    readOn()
  }, POLL_MS)
  const reign = db.lead('parley_sequencer', lead, stop.signal)

  return {
    wake: ring,
    async stop() {
      clearInterval(poll)
      stop.abort()
      await reign
      await told
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

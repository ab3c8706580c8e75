import type { Audiences } from '../core/audiences.ts'
import type { Database } from '../db/database.ts'
import { readLogState } from '../db/events.ts'
import type { Numbered } from '../db/events.ts'
import { startSequencer } from './sequencer.ts'
import { createTail } from './tail.ts'
import type { Deliver } from './tail.ts'

/** The event log as this process follows it. */
export interface EventLog {
  /** Names the database: positions mean nothing in another one. */
  epoch: string
  /** Everything up to here has been delivered to the sessions of this process. */
  position(): number
  catchUp(): Promise<void>
  /** Something was committed. */
  wake(): void
  /** Hands on what this process has committed with its places in the log. */
  append(batch: Numbered): void
  stop(): Promise<void>
}

export interface LogOptions {
  db: Database
  audiences: Audiences
  deliver: Deliver
  onError: (error: unknown) => void
}

export async function openLog({ db, audiences, deliver, onError }: LogOptions): Promise<EventLog> {
  const { epoch, head } = await readLogState(db)
  const tail = createTail({ db, audiences, start: head, deliver })
  const sequencer = await startSequencer({ db, tail, onError })
  return {
    epoch,
    position: tail.position,
    catchUp: tail.catchUp,
    wake: sequencer.wake,
    append: sequencer.append,
    stop: sequencer.stop,
  }
}

import { loggedEvent } from '../core/events.ts'
import type { Audience, LoggedEvent } from '../core/events.ts'
import type { Database } from '../db/database.ts'
import { eventsAfter, READ_AT_ONCE } from '../db/events.ts'
import type { EventRow, Numbered } from '../db/events.ts'

/** Follows the log: hands every event on once, in the log's order, whoever numbered it. */
export interface Tail {
  /** Everything up to here has been handed on. */
  position(): number
  /** Takes a batch that this process has just placed; reads the log only where it lags behind. */
  accept(batch: Numbered): Promise<void>
  catchUp(): Promise<void>
}

export type Deliver = (event: LoggedEvent, audience: Audience) => void

export function createTail(db: Database, start: number, deliver: Deliver): Tail {
  let position = start
  let reading: Promise<void> | null = null

  function handOn(rows: EventRow[]): void {
    for (const row of rows) {
      if (row.position <= position) continue
      position = row.position
      deliver(loggedEvent(row), row.orgId === null ? (row.recipients ?? []) : { org: row.orgId })
    }
  }

  async function read(): Promise<void> {
    for (;;) {
      const rows = await eventsAfter(db, position, READ_AT_ONCE)
      handOn(rows)
      if (rows.length < READ_AT_ONCE) return
    }
  }

  async function catchUp(): Promise<void> {
    // A read under way may have begun before what the caller knows of.
    await reading
    reading ??= read().finally(() => (reading = null))
    await reading
  }

  return {
    position: () => position,
    catchUp,
    async accept({ base, rows }) {
      const follows = base <= position && reading === null
      if (follows) handOn(rows)
      if (!follows || rows.length >= READ_AT_ONCE) await catchUp()
    },
  }
}

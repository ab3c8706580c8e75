import { loggedEvent } from '../core/events.ts'
import type { Audiences } from '../core/audiences.ts'
import type { Audience, LoggedEvent } from '../core/events.ts'
import type { UserId } from '../core/types.ts'
import type { AudienceId } from '../db/audiences.ts'
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

export interface TailOptions {
  db: Database
  audiences: Audiences
  /** The position to begin behind. */
  start: number
  deliver: Deliver
}

export function createTail({ db, audiences, start, deliver }: TailOptions): Tail {
  let position = start
  let reading: Promise<void> | null = null

  const membersOf = (rows: EventRow[]): Promise<Members> =>
    audiences.read(rows.flatMap(({ audienceId }) => audienceId ?? []))

  function handOn(rows: EventRow[], members: Members): void {
    for (const row of rows) {
      if (row.position <= position) continue
      position = row.position
      deliver(loggedEvent(row), audienceOf(row, members))
    }
  }

  async function read(): Promise<void> {
    for (;;) {
      const rows = await eventsAfter(db, position, READ_AT_ONCE)
      handOn(rows, await membersOf(rows))
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
      const members = await membersOf(rows)
      const follows = base <= position && reading === null
      if (follows) handOn(rows, members)
      if (!follows || rows.length >= READ_AT_ONCE) await catchUp()
    },
  }
}

type Members = Map<AudienceId, UserId[]>

function audienceOf({ recipients, orgId, audienceId }: EventRow, members: Members): Audience {
  if (orgId !== null) return { org: orgId }
  return recipients ?? members.get(audienceId ?? 0) ?? []
}

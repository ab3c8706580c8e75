import type { Queryable } from '../db/database.ts'
import { holdUsers } from '../db/members.ts'
import { ChatError } from './errors.ts'
import type { Actor, User, UserId } from './types.ts'

type Held = Pick<User, 'id' | 'orgId'>

const MOST_AT_ONCE = 1000

/** Whom an input names beside the caller, each once. */
export function othersOf({ userId }: Actor, ids: UserId[], field: string): UserId[] {
  const others = [...new Set(ids)].filter((id) => id !== userId)
  if (others.length <= MOST_AT_ONCE) return others
  throw new ChatError('invalid', `must name at most ${MOST_AT_ONCE} people`, field)
}

/** The same of anybody whom the host application knows. */
export async function holdPeople(tx: Queryable, ids: UserId[], field: string): Promise<Held[]> {
  const held = await holdUsers(tx, ids)
  const found = new Set(held.map(({ id }) => id))
  const stranger = ids.find((id) => !found.has(id))
  if (stranger === undefined) return held
  throw new ChatError('not_found', `There is no user with the id ${stranger}.`, field)
}

/**
 * Refuses whoever is not of the organisation, in the same words as whoever is not at all. The others are held: nobody
 * erases them before the change commits.
 */
export async function holdColleagues(
  tx: Queryable,
  ids: UserId[],
  { orgId, field }: { orgId: string | null; field: string },
): Promise<void> {
  const held = await holdUsers(tx, ids)
  const colleagues = new Set(held.filter((user) => user.orgId === orgId).map(({ id }) => id))
  const stranger = ids.find((id) => !colleagues.has(id))
  if (stranger === undefined) return
  throw new ChatError('invalid', `There is nobody with the id ${stranger} in your organisation.`, field)
}

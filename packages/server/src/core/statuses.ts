import { findStatuses, updateStatus } from '../db/statuses.ts'
import type { StatusRow } from '../db/statuses.ts'
import { ONLINE_MS } from './last-seen.ts'
import type { Actor, Chat, UserId, UserStatus } from './types.ts'

export interface Status {
  userId: UserId
  status: UserStatus
}

/** A sign of life of somebody who asks for nothing. */
export function heartbeat(chat: Chat, { userId }: Actor): void {
  chat.presence.seen(userId)
  chat.statusChanged(userId)
}

/** What the caller's colleagues see while the caller is here. */
export async function setStatus(chat: Chat, { userId }: Actor, status: UserStatus): Promise<void> {
  await updateStatus(chat.db, userId, status)
  heartbeat(chat, { userId, reach: {} })
}

/** The statuses of users of the caller's organisation; of others, and of those who are not there, nothing. */
export function getStatuses(chat: Chat, { reach }: Actor, userIds: UserId[]): Promise<Status[]> {
  return readStatuses(chat, userIds, reach.org)
}

/** What users have set, and `offline` of those who have given no sign of life for a while. */
export async function readStatuses(chat: Chat, userIds: UserId[], org?: string): Promise<Status[]> {
  const rows = await findStatuses(chat.db, userIds)
  return rows
    .filter((row) => org === undefined || row.org === org)
    .map((row) => ({ userId: row.id, status: isHere(chat, row) ? row.status : 'offline' }))
}

function isHere({ presence }: Chat, { id, lastSeenAt }: StatusRow): boolean {
  const last = Math.max(presence.lastSeen(id)?.getTime() ?? 0, lastSeenAt?.getTime() ?? 0)
  return last > Date.now() - ONLINE_MS
}

import type { Queryable } from './database.ts'
import { FROM_NOW, JOINING } from './members.ts'
import { parsePreferences, preferencesJson } from './preferences.ts'
import type { PreferencesJson } from './preferences.ts'
import type { ConversationId, Preferences, UserId } from './schema.ts'

// Channels of an organisation: everybody of it is a member, and a row of members holds only what is one user's own.

/**
 * Writes the user's own rows for the channels of the organisation, or one of them, that have none yet. Each conversation
 * is held before its row is written, and in the order of ids: so does everybody, and nobody waits in a circle.
 */
export async function lookIntoChannels(
  tx: Queryable,
  userId: UserId,
  id: ConversationId | null,
): Promise<void> {
  await tx.query(
    `insert into members ${JOINING}
     select c.id, $1, ${FROM_NOW}
     from conversations c
     where c.org_id = (select org_id from users where id = $1) and c.visibility = 'org'
       and ($2::bigint is null or c.id = $2)
       and not exists (select from members m where m.conversation_id = c.id and m.user_id = $1)
     order by c.id for key share of c
     on conflict do nothing`,
    [userId, id],
  )
}

/** Takes a channel of the organisation out of a member's sight, and mutes it; null where it was. */
export async function leaveChannel(
  tx: Queryable,
  conversationId: ConversationId,
  userId: UserId,
): Promise<Preferences | null> {
  const [row] = await tx.query<{ preferences: PreferencesJson }>(
    `update members m set left_at = now(), muted_until = 'infinity'
     where conversation_id = $1 and user_id = $2 and left_at is null
     returning ${preferencesJson('m')} as preferences`,
    [conversationId, userId],
  )
  return row ? parsePreferences(row.preferences) : null
}

interface Returned {
  userId: UserId
  preferences: Preferences
}

/** Brings it back to those of these users who left it, with nothing unread; they still see what they saw before. */
export async function returnToChannel(
  tx: Queryable,
  conversationId: ConversationId,
  userIds: UserId[],
): Promise<Returned[]> {
  const rows = await tx.query<{ userId: UserId; preferences: PreferencesJson }>(
    `update members m
     set left_at = null, hidden_at = null, muted_until = null, own_since_read = 0, read_seq = c.message_seq,
         read_id = greatest(m.read_id, c.last_message_id), delivered_id = greatest(m.delivered_id, c.last_message_id)
     from conversations c
     where c.id = $1 and m.conversation_id = c.id and m.user_id = any($2) and m.left_at is not null
     returning m.user_id as "userId", ${preferencesJson('m')} as preferences`,
    [conversationId, userIds],
  )
  return rows.map(({ userId, preferences }) => ({ userId, preferences: parsePreferences(preferences) }))
}

import type { Queryable } from './database.ts'
import type { ConversationId, Preferences, UserId } from './schema.ts'

/** As JSON carries it. */
export type PreferencesJson = Omit<Preferences, 'mutedUntil'> & { mutedUntil: string | null }

export function parsePreferences({ mutedUntil, ...others }: PreferencesJson): Preferences {
  if (mutedUntil === null || mutedUntil === 'forever') return { ...others, mutedUntil }
  return { ...others, mutedUntil: new Date(mutedUntil) }
}

/** The preferences of a row `m` of members as JSON; of a row that is not there, what they are by default. */
export const preferencesJson = (m: string) => `jsonb_build_object(
  'starred', coalesce(${m}.starred, false), 'notifyLevel', coalesce(${m}.notify_level, 'all'),
  'mutedUntil', case when ${m}.muted_until = 'infinity' then '"forever"' else to_jsonb(${m}.muted_until) end)`

/** Sets what is given and answers all there is; null without a row of members. */
export async function updatePreferences(
  tx: Queryable,
  { conversationId, userId }: { conversationId: ConversationId; userId: UserId },
  { starred, mutedUntil, notifyLevel }: Partial<Preferences>,
): Promise<Preferences | null> {
  const [row] = await tx.query<{ preferences: PreferencesJson }>(
    `update members m
     set starred = coalesce($3, starred), notify_level = coalesce($4, notify_level),
         muted_until = case when $5 then $6::timestamptz else muted_until end
     where conversation_id = $1 and user_id = $2 returning ${preferencesJson('m')} as preferences`,
    [
      conversationId,
      userId,
      starred ?? null,
      notifyLevel ?? null,
      mutedUntil !== undefined,
      mutedUntil === 'forever' ? 'infinity' : (mutedUntil ?? null),
    ],
  )
  return row ? parsePreferences(row.preferences) : null
}

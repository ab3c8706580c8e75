import type { Queryable } from './database.ts'
import type { ConversationId } from './schema.ts'

/** What a user is allowed to see, or what a dialog asks for, on each of three levels. */
export interface Scopes {
  level0: string[]
  level1: string[]
  level2: string[]
}

/**
 * Whether a row `c` of conversations is open to whoever has the scopes given as parameters `$n` to `$n+2`; who gives
 * none sees nothing.
 */
export const openTo = (n: number) =>
  `exists (
     select from dialog_scopes s
     where s.conversation_id = c.id and $${n}::text[] is not null
       and (s.level0 = '{}' or s.level0 && $${n}) and (s.level1 = '{}' or s.level1 && $${n + 1}::text[])
       and (s.level2 = '{}' or s.level2 && $${n + 2}::text[]))`

export const scopeParams = (scopes: Scopes | null) => [
  scopes?.level0 ?? null,
  scopes?.level1 ?? null,
  scopes?.level2 ?? null,
]

/** Opens a conversation to whoever matches one of these, and to nobody else. */
export async function replaceScopes(tx: Queryable, id: ConversationId, scopes: Scopes[]): Promise<void> {
  await tx.query(
    `with gone as (
       delete from dialog_scopes where conversation_id = $1
     )
     insert into dialog_scopes (conversation_id, level0, level1, level2)
     select $1, level0, level1, level2
     from jsonb_to_recordset($2::jsonb) as (level0 text[], level1 text[], level2 text[])`,
    [id, JSON.stringify(scopes)],
  )
}

export function listScopes(
  db: Queryable,
  ids: ConversationId[],
): Promise<(Scopes & { conversationId: ConversationId })[]> {
  return db.query(
    `select conversation_id as "conversationId", level0, level1, level2 from dialog_scopes
     where conversation_id = any($1) order by id`,
    [ids],
  )
}

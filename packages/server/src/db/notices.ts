import type { Queryable } from './database.ts'
import type { MessageId, UserId } from './schema.ts'

/** A message of nobody's that says something of users. */
interface NoticeRow {
  id: MessageId
  dialog: Record<string, unknown>
  userIds: UserId[]
}

/** Forgets as whom a user was in conversations, which are held until the change commits. */
export async function eraseProfiles(tx: Queryable, userId: UserId): Promise<void> {
  await tx.query(
    `select from conversations where id in (
       select conversation_id from members where user_id = $1) order by id for update`,
    [userId],
  )
  await tx.query(`update members set profile = '{}' where user_id = $1 and profile <> '{}'`, [userId])
}

/** Those that name a user, in conversations where the user is or was. */
export function listNotices(tx: Queryable, userId: UserId): Promise<NoticeRow[]> {
  return tx.query<NoticeRow>(
    `select x.id, x.metadata->'dialog' as dialog, x.metadata->'userIds' as "userIds"
     from members m join messages x on x.conversation_id = m.conversation_id
     where m.user_id = $1 and x.type = 'system' and x.sender_id is null and x.metadata->'userIds' ? $1`,
    [userId],
  )
}

/** Says something else, which the log does not tell of: a gap in the changes of their conversations. */
export async function rewriteNotices(
  tx: Queryable,
  notices: { id: MessageId; text: string; dialog: object }[],
): Promise<void> {
  await tx.query(
    `with rewritten as (
       update messages m set text = n.text, metadata = m.metadata || jsonb_build_object('dialog', n.dialog)
       from jsonb_to_recordset($1::jsonb) as n (id bigint, text text, dialog jsonb)
       where m.id = n.id
       returning m.id, m.conversation_id
     ), moved as (
       update conversations set change_seq = change_seq + 1 where id in (select conversation_id from rewritten)
     )
     delete from events where id in (
       select e.id from events e join rewritten r on r.conversation_id = e.conversation_id
       where e.type = 'message.created' and (e.payload->'message'->>'id')::bigint = r.id
       for update of e skip locked)`,
    [JSON.stringify(notices)],
  )
}

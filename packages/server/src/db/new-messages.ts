import { presentIn } from './audiences.ts'
import type { AudienceId } from './audiences.ts'
import type { Queryable } from './database.ts'
import { leftLookup, lookup } from './lookup.ts'
import { reachHolds } from './reach.ts'
import type { Conversation, ConversationId, Message, MessageId, Reach } from './schema.ts'
import type { Reading } from './sending.ts'

/** A message as it is written; the rest of it is what the conversation, which is held, comes to. */
export interface NewMessage {
  message: Omit<Message, 'id' | 'seq' | 'createdAt'>
  /** Whether somebody is to look at what it links to. */
  hasLinks: boolean
  /** Whether its sender has then read the conversation up to it. */
  reads: boolean
  /** Of its sender. */
  reach: Reach
}

/** A message that was written, with its event. */
export interface WrittenMessage extends Pick<Message, 'id' | 'seq' | 'createdAt'> {
  /** Which it was of those that were to be written, from 1. */
  place: number
  changeSeq: number
  /** The place of its event in the log; null where it is to be given one, or where something before it has none yet. */
  position: number | null
  kind: Conversation['kind']
  subjectType: string | null
  org: string | null
  /** Whom it concerns: everybody of this organisation, or this audience. */
  orgId: string | null
  audienceId: AudienceId | null
}

/**
 * Writes messages of conversations that are held, with their events, in their order, and numbers them; the `readings`
 * that come with them are changes, too, which `readOwn` tells of. Where they are given no `ids`, nobody has looked at
 * them: then only those of conversations all of whose messages are plain are written.
 */
export function writeMessages(
  tx: Queryable,
  messages: NewMessage[],
  { isNumbered, ids, readings }: { isNumbered: boolean; ids: MessageId[] | null; readings: Reading[] },
): Promise<WrittenMessage[]> {
  const ranks = ranksOf(messages)
  const changes = Map.groupBy(readings, ({ conversationId }) => conversationId)
  const rows = messages.map(({ message, hasLinks, reach }, n) => {
    const { length = 0 } = changes.get(message.conversationId) ?? {}
    return { message, hasLinks, readings: length, ...reach, ...ranks[n] }
  })
  const params = [JSON.stringify(rows), rows.length, isNumbered]
  return ids ? tx.query(WRITE_CHECKED, [...params, ids]) : tx.query(WRITE_PLAIN, params)
}

/** Where a message stands among those that are written with it. */
interface Rank {
  /** In its conversation, from 1. */
  nth: number
  isLast: boolean
  /** How many of its sender's there count as unread for others; null but for the last of these. */
  own: number | null
}

function ranksOf(messages: NewMessage[]): Rank[] {
  const lastIn = new Map<ConversationId, Rank>()
  const lastOf = new Map<string, Rank>()
  return messages.map(({ message: { conversationId, senderId, type } }) => {
    const before = lastIn.get(conversationId)
    if (before) before.isLast = false
    const rank: Rank = { nth: (before?.nth ?? 0) + 1, isLast: true, own: null }
    lastIn.set(conversationId, rank)
    if (senderId === null) return rank
    const sender = `${conversationId} ${senderId}`
    const earlier = lastOf.get(sender)
    rank.own = (earlier?.own ?? 0) + (type === 'system' ? 0 : 1)
    if (earlier) earlier.own = null
    lastOf.set(sender, rank)
    return rank
  })
}

/**
 * Whether message `f` is plain, with its row `e`, its conversation `c` and the row `m` of its sender's: who is not erased until
 * this commits, may write it by the rules of `core/access.ts` and `core/drafts.ts`, and did not before; and nobody has put the
 * conversation away who would have it back.
 */
const IS_PLAIN = `c.deleted_at is null and c.archived_at is null and m.joined_at is not null and m.left_at is null
  and ${reachHolds('e.kinds', 'e."subjectTypes"', 'e.org')}
  and exists (
    select from users u
    where u.id = f."senderId" and u.erased_at is null and (c.visibility <> 'org' or u.org_id = c.org_id)
    for key share)
  and (f."clientKey" is null or not exists (
    select from messages x
    where x.conversation_id = c.id and x.sender_id = f."senderId" and x.client_key = f."clientKey" offset 0))
  and (f."replyToId" is null or exists (
    select from messages x
    where x.conversation_id = c.id and x.id = f."replyToId" and x.deleted_at is null
      and (c.history_mode = 'all' or x.id > m.joined_id) offset 0))
  and (e.nth > 1 or not exists (
    select from members s
    where s.conversation_id = c.id and s.left_at is null
      and (s.hidden_at is not null or s.archived_at is not null and c.subject_type is not null) offset 0))`

const writing = ({ sender, isOpen, id }: Record<'sender' | 'isOpen' | 'id', string>) => `
  with standing as materialized (
    select e.place, e.message, e."hasLinks", e."isLast", e.own, e.readings, f.*, c.kind, c.subject_type, c.org_id,
      c.message_seq + e.nth as seq, c.change_seq + e.nth as "changeSeq",
      greatest(c.updated_at + interval '1 millisecond', (select clock_timestamp()::timestamptz(3)))
        + (e.nth - 1) * interval '1 millisecond' as "createdAt",
      case c.visibility when 'org' then c.org_id end as "orgId",
      case c.visibility when 'private' then (
        select a.id from audiences a where a.conversation_id = c.id and a.ended_at is null) end as "audienceId",
      -- Null where there is an event that is of no conversation.
      $3 and c.id not in (select conversation_id from events where position is null) as has_position,
      ${isOpen} as is_open
    from (
        select * from rows from (jsonb_to_recordset($1::jsonb) as (message jsonb, "hasLinks" boolean, kinds text[],
          "subjectTypes" text[], org text, nth bigint, "isLast" boolean, own bigint, readings bigint))
          with ordinality as e (message, "hasLinks", kinds, "subjectTypes", org, nth, "isLast", own, readings, place)
        -- The planner takes it that a limit leaves few, whose rows it looks up one by one.
        limit $2
      ) e,
      jsonb_to_record(e.message) as f ("conversationId" bigint, "senderId" text, type text, text text, html text,
        "clientKey" text, "replyToId" bigint, mentions text[], metadata jsonb)
    ${lookup('conversations', 'id = f."conversationId"', 'c')}
    ${sender}
  ), numbered as materialized (
    select *, ${id} as id,
      case when has_position then row_number() over (partition by has_position order by place) end as step
    from standing
    where "conversationId" not in (
      select "conversationId" from standing where is_open is not true)
  ), formed as (
    insert into audiences (conversation_id, user_ids)
    select n."conversationId", ${presentIn('n."conversationId"')}
    from numbered n where n."isLast" and n."orgId" is null and n."audienceId" is null
    returning conversation_id, id
  ), log as (
    update event_log set head = head + n.count
    from (select count(step) from numbered) n where n.count > 0
    returning head - n.count as base
  ), taken as (
    update conversations c
    set message_seq = n.seq, change_seq = n."changeSeq" + n.readings, last_message_id = n.id, updated_at = n."createdAt"
    from numbered n where n."isLast" and c.id = n."conversationId"
  ), written as (
    insert into messages (id, conversation_id, seq, sender_id, type, text, html, client_key, reply_to_id, mentions,
      metadata, created_at)
    overriding system value
    select id, "conversationId", seq, "senderId", type, text, html, "clientKey", "replyToId", mentions, metadata,
      "createdAt"
    from numbered
  ), counted as (
    update members m
    set own_since_read = own_since_read + n.own, hidden_at = null,
        archived_at = case when n.subject_type is null then archived_at end
    from numbered n
    where n.own is not null and m.conversation_id = n."conversationId" and m.user_id = n."senderId"
  ), linked as (
    insert into link_preview_jobs (message_id) select id from numbered where "hasLinks"
  ), told as (
    insert into events (position, conversation_id, change_seq, type, payload, org_id, audience_id)
    select l.base + n.step, n."conversationId", n."changeSeq", 'message.created',
      jsonb_build_object('message',
        n.message || jsonb_build_object('id', n.id, 'seq', n.seq, 'createdAt', n."createdAt")),
      n."orgId", coalesce(n."audienceId", a.id)
    from numbered n left join log l on true left join formed a on a.conversation_id = n."conversationId"
    order by n.place
  )
  select n.place, n.id, n.seq, n."changeSeq", n."createdAt", l.base + n.step as position, n.kind,
    n.subject_type as "subjectType", n.org_id as org, n."orgId", coalesce(n."audienceId", a.id) as "audienceId"
  from numbered n left join log l on true left join formed a on a.conversation_id = n."conversationId"
  order by n.place`

const WRITE_PLAIN = writing({
  sender: leftLookup('members', 'conversation_id = c.id and user_id = f."senderId"', 'm'),
  isOpen: IS_PLAIN,
  id: `nextval('messages_id_seq')`,
})
const WRITE_CHECKED = writing({ sender: '', isOpen: 'true', id: '($4::bigint[])[place::int]' })

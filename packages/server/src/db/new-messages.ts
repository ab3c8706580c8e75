import { presentIn } from './audiences.ts'
import type { AudienceId } from './audiences.ts'
import type { Queryable } from './database.ts'
import { leftLookup, lookup } from './lookup.ts'
import { ranksOf } from './ranks.ts'
import { reachHolds } from './reach.ts'
import type { Conversation, Message, MessageId, Reach } from './schema.ts'

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

/** A message that was written, with its events. */
export interface WrittenMessage extends Pick<Message, 'id' | 'seq' | 'createdAt'> {
  /** Which it was of those that were to be written, from 1. */
  place: number
  /** Of the first event; of another one that has one, the next. */
  changeSeq: number
  /**
   * How many tell of it: that it was written, that its sender has read up to it, and that this was more than had been read.
   */
  events: number
  /** How many of these have places in the log: all but the last one in a conversation of two, where that tells a sum, too. */
  places: number
  /** The first of these places; null where they are to be given them, or where something before them has none yet. */
  position: number | null
  kind: Conversation['kind']
  subjectType: string | null
  org: string | null
  /** Whom it concerns: everybody of this organisation, or this audience. */
  orgId: string | null
  audienceId: AudienceId | null
}

/**
 * Writes messages of conversations that are held, with their events, in their order, and numbers them. Where they are given no
 * `ids`, nobody has looked at them: then only those of conversations all of whose messages are plain are written.
 */
export function writeMessages(
  tx: Queryable,
  messages: NewMessage[],
  { isNumbered, ids }: { isNumbered: boolean; ids: MessageId[] | null },
): Promise<WrittenMessage[]> {
  const ranks = ranksOf(messages)
  const rows = messages.map(({ message, hasLinks, reach }, n) => ({
    message,
    hasLinks,
    ...reach,
    ...ranks[n],
  }))
  const params = [JSON.stringify(rows), rows.length, isNumbered]
  return ids ? tx.query(WRITE_CHECKED, [...params, ids]) : tx.query(WRITE_PLAIN, params)
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

/** What somebody who has just read up to their own message has left there, at the place of that in the log. */
export const NOTHING_UNREAD = { unread: 0, mentions: 0, total: 0 }
const NOTHING = `'${JSON.stringify(NOTHING_UNREAD)}'::jsonb`

const writing = ({ isOpen, id }: Record<'isOpen' | 'id', string>) => `
  with standing as materialized (
    select e.place, e.message, e."hasLinks", e."isLast", e.own, e."ownAfter", f.*, c.kind, c.subject_type, c.org_id,
      c.message_seq + e.nth as seq, c.change_seq + e.change as "changeSeq", e."ownAfter" is not null as reads,
      coalesce(c.message_seq + e.nth - m.read_seq > m.own_since_read + e.own - e."ownAfter", false) as reads_more,
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
          "subjectTypes" text[], org text, nth bigint, "isLast" boolean, change bigint, own bigint,
          "ownAfter" bigint))
          with ordinality as e (message, "hasLinks", kinds, "subjectTypes", org, nth, "isLast", change, own, "ownAfter", place)
        -- The planner takes it that a limit leaves few, whose rows it looks up one by one.
        limit $2
      ) e,
      jsonb_to_record(e.message) as f ("conversationId" bigint, "senderId" text, type text, text text, html text,
        "clientKey" text, "replyToId" bigint, mentions text[], metadata jsonb)
    ${lookup('conversations', 'id = f."conversationId"', 'c')}
    ${leftLookup('members', 'conversation_id = c.id and user_id = f."senderId"', 'm')}
  ), numbered as materialized (
    select *, ${id} as id,
      -- The places that those before it take.
      case when has_position then sum(places) over (partition by has_position order by place) - places end as before
    from standing cross join lateral (
      select 1 + reads::int + reads_more::int as events,
        1 + reads::int + (reads_more and kind <> 'direct')::int as places) x
    where "conversationId" not in (
      select "conversationId" from standing where is_open is not true)
  ), formed as (
    insert into audiences (conversation_id, user_ids)
    select n."conversationId", ${presentIn('n."conversationId"')}
    from numbered n where n."isLast" and n."orgId" is null and n."audienceId" is null
    returning conversation_id, id
  ), log as (
    update event_log set head = head + n.count
    from (select max(before + places) as count from numbered) n where n.count > 0
    returning head - n.count as base
  ), taken as (
    update conversations c
    set message_seq = n.seq, change_seq = n."changeSeq" + n.reads::int, last_message_id = n.id,
        updated_at = n."createdAt"
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
    set own_since_read = case when n.reads then n."ownAfter" else m.own_since_read + n.own end,
        read_id = case when n.reads then n.id else m.read_id end,
        read_seq = case when n.reads then n.seq else m.read_seq end,
        delivered_id = case when n.reads then greatest(m.delivered_id, n.id) else m.delivered_id end,
        hidden_at = null, archived_at = case when n.subject_type is null then archived_at end
    from numbered n
    where n.own is not null and m.conversation_id = n."conversationId" and m.user_id = n."senderId"
  ), linked as (
    insert into link_preview_jobs (message_id) select id from numbered where "hasLinks"
  ), told as (
    insert into events (position, conversation_id, change_seq, type, payload, recipients, org_id, audience_id)
    select case when e.nth <= n.places then l.base + n.before + e.nth end, n."conversationId", e.change_seq, e.type,
      e.payload, e.recipients, case when e.recipients is null then n."orgId" end,
      case when e.recipients is null then coalesce(n."audienceId", a.id) end
    from numbered n left join log l on true left join formed a on a.conversation_id = n."conversationId"
      cross join lateral (
        select 1 as nth, n."changeSeq" as change_seq, 'message.created' as type, jsonb_build_object('message',
            n.message || jsonb_build_object('id', n.id, 'seq', n.seq, 'createdAt', n."createdAt")) as payload,
          null::text[] as recipients
        union all
        select 2, n."changeSeq" + 1, 'message.read',
          jsonb_build_object('userId', n."senderId", 'messageId', n.id, 'readAt', n."createdAt"), null
        where n.reads
        union all
        select 3, null, 'unread.changed', jsonb_build_object('userId', n."senderId", 'counts', ${NOTHING}),
          array[n."senderId"]
        where n.reads_more
      ) e
    order by n.place, e.nth
  )
  select n.place, n.id, n.seq, n."changeSeq", n."createdAt", n.events, n.places, l.base + n.before + 1 as position,
    n.kind, n.subject_type as "subjectType", n.org_id as org, n."orgId", coalesce(n."audienceId", a.id) as "audienceId"
  from numbered n left join log l on true left join formed a on a.conversation_id = n."conversationId"
  order by n.place`

const WRITE_PLAIN = writing({
  isOpen: IS_PLAIN,
  id: `nextval('messages_id_seq')`,
})
const WRITE_CHECKED = writing({ isOpen: 'true', id: '($4::bigint[])[place::int]' })

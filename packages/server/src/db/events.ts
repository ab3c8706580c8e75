import type { AudienceId } from './audiences.ts'
import type { Database, Queryable } from './database.ts'
import { leftLookup, lookup } from './lookup.ts'
import { reachParams, within } from './reach.ts'
import type { Conversation, ConversationId, Reach, UserId } from './schema.ts'
import { unreadCount, unreadMentions } from './unread.ts'

interface NewEvent {
  type: string
  conversationId: ConversationId | null
  payload: Record<string, unknown>
  /** Whom it concerns: these users, everybody of an organisation, or an audience. */
  recipients: UserId[] | null
  orgId: string | null
  audienceId: AudienceId | null
  changeSeq: number | null
}

export interface EventRow extends NewEvent {
  position: number
  kind: Conversation['kind'] | null
  org: string | null
  subjectType: string | null
}

/** Writes events in their order, with one statement. */
export async function insertEvents(tx: Queryable, events: NewEvent[]): Promise<void> {
  await tx.query(
    `insert into events (conversation_id, change_seq, type, payload, recipients, org_id, audience_id)
     select "conversationId", "changeSeq", type, payload, recipients, "orgId", "audienceId"
     from rows from (jsonb_to_recordset($1::jsonb) as ("conversationId" bigint, "changeSeq" bigint, type text,
       payload jsonb, recipients text[], "orgId" text, "audienceId" bigint)) with ordinality as e
     order by ordinality`,
    [JSON.stringify(events)],
  )
}

const EVENT = `e.position, e.conversation_id as "conversationId", e.change_seq as "changeSeq", e.type, e.payload,
  e.recipients, e.org_id as "orgId", e.audience_id as "audienceId", c.kind, c.subject_type as "subjectType",
  c.org_id as org`
const WITH_CONVERSATION = leftLookup('conversations', 'id = e.conversation_id', 'c')

export interface Numbered {
  /** Where the log stood before these events. */
  base: number
  /** The first `READ_AT_ONCE` of them; whoever wants more reads the log. */
  rows: EventRow[]
}

/** So many events are handled at a time, here and by whoever follows the log. */
export const READ_AT_ONCE = 1000

/** Unread messages of users (rows `a`) in all of their conversations of one kind and kind of subject, without archived ones. */
const TOTAL = `(
  select coalesce(sum(${unreadCount('m', 'o')}), 0)
  from members m join conversations o on o.id = m.conversation_id
  where m.user_id = a.user_id and m.left_at is null and m.hidden_at is null and o.message_seq > m.read_seq
    and o.archived_at is null and o.kind = a.kind and o.subject_type is not distinct from a.subject_type)`

/** The same in one conversation (row `x`), and those of them that name the user. */
const UNREAD = `select coalesce(sum(${unreadCount('m', 'o')}), 0) as unread,
         coalesce(sum(${unreadMentions('m', 'o')}), 0) as mentions
  from members m join conversations o on o.id = m.conversation_id
  where m.user_id = a.user_id and m.conversation_id = x.conversation_id and m.left_at is null
    and m.hidden_at is null and o.message_seq > m.read_seq`

// The planner expects one unnumbered event, however many there are: each step below looks events up by primary key and
// joins no two lists, and `coalesce` keeps it from reading all unnumbered ones once for each.
const unnumbered = (e: string) => `coalesce(${e}.position, 0) = 0`

/** Whether something was committed that has no place in the log. */
export async function isLogBehind(db: Queryable): Promise<boolean> {
  const rows = await db.query('select from events where position is null limit 1')
  return rows.length > 0
}

/** Gives every committed, unnumbered event its place in the log. */
export function numberEvents(db: Database): Promise<Numbered> {
  // The commit goes with it: the log is held for no flight there and back.
  return db.transaction((tx) => tx.commitBehind(numberWithin(tx)))
}

/** The same within a greater change, whose own events are among them. */
export async function numberWithin(tx: Queryable): Promise<Numbered> {
  const [, numbered] = await Promise.all([lockLog(tx), numberHeld(tx)])
  return numbered
}

/** Places are taken by one transaction after the other, so that whoever reads one has read all before it. */
async function lockLog(tx: Queryable): Promise<void> {
  await tx.query('select from event_log for update')
}

/**
 * The same while the log is held. All sub-statements see one snapshot, in which nothing is that has a place after this
 * batch, and every event of that snapshot is numbered by the end of this batch: unread counts taken here and placed last
 * in the batch are therefore exact at their position, whatever commits meanwhile.
 */
async function numberHeld(tx: Queryable): Promise<Numbered> {
  const rows = await tx.query<EventRow & { base: number }>(
    `with fresh as materialized (
       select id, type, conversation_id, recipients[1] as user_id,
              row_number() over (order by type = 'unread.changed', id) as place
       from events where position is null
     ), log as (
       update event_log set head = head + (select count(*) from fresh)
       where exists (select from fresh)
       returning head - (select count(*) from fresh) as base
     ), askers as materialized (
       select f.user_id, c.kind, c.subject_type, array_agg(f.id) as ids, array_agg(f.place) as places,
              array_agg(f.conversation_id) as conversation_ids
       from fresh f ${lookup('conversations', 'id = f.conversation_id', 'c')}
       where f.type = 'unread.changed'
       group by f.user_id, c.kind, c.subject_type
     ), totalled as materialized (
       -- Only the marketplace shows a sum, and has conversations of two alone.
       select a.*, case when a.kind = 'direct' then ${TOTAL} end as total from askers a
     ), counted as materialized (
       select x.id, x.place, jsonb_build_object(
         'unread', u.unread, 'mentions', u.mentions, 'total', coalesce(a.total, u.unread)) as counts
       from totalled a
       cross join lateral unnest(a.ids, a.places, a.conversation_ids) as x (id, place, conversation_id)
       cross join lateral (${UNREAD}) u
     ), facts as (
       update events e set position = log.base + fresh.place
       from log, fresh
       where e.id = fresh.id and fresh.type <> 'unread.changed' and ${unnumbered('e')}
       returning e.*, log.base
     ), counts as (
       update events e
       set position = log.base + counted.place, payload = e.payload || jsonb_build_object('counts', counted.counts)
       from log, counted
       where e.id = counted.id and ${unnumbered('e')}
       returning e.*, log.base
     )
     select ${EVENT}, e.base
     from (select * from facts union all select * from counts) e
     ${WITH_CONVERSATION}
     order by e.position limit ${READ_AT_ONCE}`,
  )
  return { base: rows[0]?.base ?? 0, rows }
}

export interface LogState {
  head: number
  pruned: number
  epoch: string
}

export async function readLogState(db: Queryable): Promise<LogState> {
  const [state] = await db.query<LogState>(
    `select head, pruned, (select value from settings where name = 'epoch') as epoch from event_log`,
  )
  if (!state) throw new Error('The table event_log has lost its row.')
  return state
}

/** Events after a position, for whoever follows the log. */
export function eventsAfter(db: Queryable, position: number, limit: number): Promise<EventRow[]> {
  return db.query<EventRow>(
    `select ${EVENT} from events e ${WITH_CONVERSATION}
     where e.position > $1 order by e.position limit $2`,
    [position, limit],
  )
}

export interface Stretch {
  /** Positions, both exclusive. */
  after: number
  before: number
  limit: number
  newestFirst: boolean
}

/**
 * The events that concern a user in a stretch of the log, found through the user's conversations; a new channel of the
 * organisation concerns those too who have not looked in yet.
 */
export function eventsOfUser(
  db: Queryable,
  userId: UserId,
  { after, before, limit, newestFirst, reach, types }: Stretch & { reach: Reach; types: string[] },
): Promise<EventRow[]> {
  return db.query<EventRow>(
    `with near as materialized (
       select e.*
       from members m
       join conversations c on c.id = m.conversation_id
       join events e on e.conversation_id = c.id
       where m.user_id = $1 and e.position > $2 and e.position < $3 and e.type = any($8)
         and ${within(5)}
     ), heard as materialized (
       -- Thousands may be in an audience, and many events name the same one.
       select id from audiences
       where id = any(array(select distinct audience_id from near)) and $1 = any(user_ids)
     ), own as (
       select * from near
       where org_id is not null or $1 = any(recipients) or audience_id in (select id from heard)
       union
       select * from events e
       where e.org_id = $7 and e.position > $2 and e.position < $3
         and e.type = 'conversation.created' and e.type = any($8)
     )
     select ${EVENT} from own e ${WITH_CONVERSATION}
     order by e.position ${newestFirst ? 'desc' : 'asc'} limit $4`,
    [userId, after, before, limit, ...reachParams(reach), types],
  )
}

/** The same of one conversation, whoever is in it. */
export function eventsOfConversation(
  db: Queryable,
  id: ConversationId,
  { after, before, limit, newestFirst, types }: Stretch & { types: string[] },
): Promise<EventRow[]> {
  return db.query<EventRow>(
    `select ${EVENT} from events e ${WITH_CONVERSATION}
     where e.conversation_id = $1 and e.position > $2 and e.position < $3 and e.type = any($5)
     order by e.position ${newestFirst ? 'desc' : 'asc'} limit $4`,
    [id, after, before, limit, types],
  )
}

/** The same of what concerns everybody of an organisation. */
export function eventsOfOrg(
  db: Queryable,
  org: string,
  { after, before, limit, newestFirst, types }: Stretch & { types: string[] },
): Promise<EventRow[]> {
  return db.query<EventRow>(
    `select ${EVENT} from events e ${WITH_CONVERSATION}
     where e.org_id = $1 and e.position > $2 and e.position < $3 and e.type = any($5)
     order by e.position ${newestFirst ? 'desc' : 'asc'} limit $4`,
    [org, after, before, limit, types],
  )
}

const PRUNE_BATCH = 10_000

/**
 * Forgets numbered events older than the window that no consumer is waiting for; the log remembers how far, so that no
 * gap goes unnoticed.
 */
export async function pruneEvents(db: Queryable, hours: number): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ pruned: number }>(
      `with oldest as (
         select id from events
         where position <= (
           select least(head, (select min(position) from log_consumers where enabled)) from event_log)
         order by position limit $2
       ), gone as (
         delete from events e using oldest
         where e.id = oldest.id and e.created_at < now() - make_interval(hours => $1)
         returning e.position
       ), remembered as (
         update event_log set pruned = greatest(pruned, (select max(position) from gone))
         where exists (select from gone)
       )
       select count(*) as pruned from gone`,
      [hours, PRUNE_BATCH],
    )
    if (!row || row.pruned < PRUNE_BATCH) break
  }
  await pruneAudiences(db)
}

/** Forgets audiences that ended well before whatever the log still holds was written. */
async function pruneAudiences(db: Queryable): Promise<void> {
  await db.query(
    `delete from audiences
     where ended_at < coalesce(
       least((select created_at from events where position is not null order by position limit 1),
         (select min(created_at) from events where position is null)), now()
     ) - interval '1 hour'`,
  )
}

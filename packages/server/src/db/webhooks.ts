import { switchConsumer } from './consumers.ts'
import type { Queryable } from './database.ts'
import { lookup } from './lookup.ts'
import { messageJson, parseMessage } from './messages.ts'
import type { MessageJson } from './messages.ts'
import { memberOf, messageOf, WANTED } from './notifications.ts'
import type { ConversationId, Message, UserId } from './schema.ts'

/** What one address of the host application is told, as it is now. */
export type Delivery = {
  id: string
  conversationId: ConversationId
  happenedAt: Date
  /** This one included. */
  attempts: number
} & (
  | { type: 'message.new'; message: Message }
  | { type: 'notification.pending'; userId: UserId; message: Message }
  | { type: 'participant.joined' | 'participant.left'; userId: UserId }
)

/** From now on these addresses are told, and no others any more, not even what waits for them. */
export async function switchWebhooks(db: Queryable, urls: string[]): Promise<void> {
  await switchConsumer(db, 'webhooks', urls.length > 0)
  await db.query('delete from webhook_deliveries where url <> all($1)', [urls])
}

export interface Stretch {
  after: number
  limit: number
}

/** How many events were read, and the position of the last one. */
export interface Queued {
  events: number
  last: number
}

/** Queues for each address what the next events of the log tell. */
export async function insertDeliveries(
  tx: Queryable,
  urls: string[],
  { after, limit }: Stretch,
): Promise<Queued> {
  const [row] = await tx.query<Queued>(
    `with read as materialized (
       select position, type, conversation_id, payload, created_at
       from events where position > $2 order by position limit $3
     ), told as (
       select e.position, e.conversation_id, e.created_at, t.*
       from read e cross join lateral (
         select 'message.new' as type, (e.payload->'message'->>'id')::bigint as message_id, null as user_id
         where e.type = 'message.created'
         union all
         select 'participant.joined', null, user_id from jsonb_array_elements_text(e.payload->'userIds') as user_id
         where e.type = 'member.added'
         union all
         select 'participant.left', null, e.payload->>'userId' where e.type = 'member.removed') t
     ), queued as (
       insert into webhook_deliveries (url, type, conversation_id, message_id, user_id, happened_at)
       select url, type, conversation_id, message_id, user_id, created_at
       from told cross join unnest($1::text[]) as url order by position
     )
     select count(*) as events, coalesce(max(position), $2) as last from read`,
    [urls, after, limit],
  )
  return row ?? { events: 0, last: after }
}

/** Moves notifications that nobody has taken to each address; returns how many they were. */
export async function deliverNotifications(db: Queryable, urls: string[], limit: number): Promise<number> {
  const [row] = await db.query<{ moved: number }>(
    `with moved as (
       delete from notifications where id in (
         select id from notifications where due_at <= now() order by due_at, id limit $2 for update skip locked)
       returning id, user_id, conversation_id, message_id, created_at
     ), queued as (
       insert into webhook_deliveries (url, type, conversation_id, message_id, user_id, happened_at)
       select url, 'notification.pending', conversation_id, message_id, user_id, created_at
       from moved cross join unnest($1::text[]) as url order by id
     )
     select count(*) as moved from moved`,
    [urls, limit],
  )
  return row?.moved ?? 0
}

/** Hours that a delivery is tried for. */
const PATIENCE = 24

export interface Leased {
  /** How many were looked at; zero: none is due. */
  looked: number
  /** In the order of what they tell. */
  deliveries: Delivery[]
  /** Dropped: they could not be delivered in time. */
  expired: Pick<Delivery, 'id' | 'type'>[]
}

/**
 * Looks at those that have been due longest. Nobody else gets for a while what is still to be told; of a message that
 * is deleted, or a notification that is no longer wanted, nothing is.
 */
export async function leaseDeliveries(
  db: Queryable,
  url: string,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<Leased> {
  const [row] = await db.query<Omit<Leased, 'deliveries'> & { deliveries: DeliveryJson[] }>(
    `with due as materialized (
       select id, type, message_id, user_id, created_at < now() - make_interval(hours => ${PATIENCE}) as expired
       from webhook_deliveries
       where url = $1 and due_at <= now() order by due_at, nth limit $2 for update skip locked
     ), told as materialized (
       select d.id, null::jsonb as message from due d where not expired and d.message_id is null
       union all
       select d.id, ${messageJson('x')} from due d ${lookup('messages', 'id = d.message_id', 'x')}
       where not expired and d.type = 'message.new' and x.deleted_at is null
       union all
       select d.id, ${messageJson('x')} from due d ${messageOf('d.message_id')} ${memberOf('d.user_id')}
       where not expired and d.type = 'notification.pending' and ${WANTED}
     ), dropped as (
       delete from webhook_deliveries w using due
       where w.id = due.id and not exists (select from told where told.id = w.id)
     ), leased as (
       update webhook_deliveries w
       set attempts = w.attempts + 1, due_at = now() + make_interval(secs => $3)
       from told where w.id = told.id
       returning w.nth, jsonb_build_object('id', w.id, 'type', w.type, 'conversationId', w.conversation_id,
         'userId', w.user_id, 'message', told.message, 'happenedAt', w.happened_at, 'attempts', w.attempts) as delivery
     )
     select (select count(*) from due) as looked,
            (select coalesce(jsonb_agg(delivery order by nth), '[]') from leased) as deliveries,
            (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'type', type)), '[]') from due where expired)
              as expired`,
    [url, limit, leaseSeconds],
  )
  if (!row) return { looked: 0, deliveries: [], expired: [] }
  return { ...row, deliveries: row.deliveries.map(parseDelivery) }
}

type DeliveryJson = Omit<Delivery, 'happenedAt'> & { happenedAt: string; message: MessageJson | null }

function parseDelivery({ happenedAt, message, ...others }: DeliveryJson): Delivery {
  const parsed = { ...others, happenedAt: new Date(happenedAt), message: message && parseMessage(message) }
  // The type of a row says which of its columns are filled.
  return parsed as Delivery
}

export async function deleteDelivery(db: Queryable, id: string): Promise<void> {
  await db.query('delete from webhook_deliveries where id = $1', [id])
}

export async function retryDelivery(db: Queryable, id: string, seconds: number): Promise<void> {
  await db.query('update webhook_deliveries set due_at = now() + make_interval(secs => $2) where id = $1', [
    id,
    seconds,
  ])
}

/** It was not tried after all. */
export async function releaseDelivery(db: Queryable, id: string): Promise<void> {
  await db.query('update webhook_deliveries set due_at = now(), attempts = attempts - 1 where id = $1', [id])
}

/** In how many milliseconds the next one is due; null where none waits. */
export async function dueIn(db: Queryable, url: string): Promise<number | null> {
  const [row] = await db.query<{ ms: number | null }>(
    `select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from webhook_deliveries where url = $1`,
    [url],
  )
  return row?.ms ?? null
}

import { isConnectedElsewhere } from './connections.ts'
import type { Queryable } from './database.ts'
import { leftLookup, lookup } from './lookup.ts'
import type { ConversationId, Message, MessageId, UserId } from './schema.ts'

export interface Notification {
  id: number
  userId: UserId
  conversationId: ConversationId
  message: Pick<Message, 'id' | 'senderId' | 'text' | 'createdAt'> & {
    type: Exclude<Message['type'], 'system'>
  }
  createdAt: Date
}

/** A message `x` and its conversation `c`. */
export const messageOf = (messageId: string) =>
  `${lookup('messages', `id = ${messageId}`, 'x')} ${lookup('conversations', 'id = x.conversation_id', 'c')}`

/** A user `u` and, where there is one, the user's row `m` of members in conversation `c`. */
export const memberOf = (userId: string) =>
  `${lookup('users', `id = ${userId}`, 'u')}
   ${leftLookup('members', `conversation_id = c.id and user_id = ${userId}`, 'm')}`

/** Whether such a user is still to hear of message `x`: whom it names, at every level but `none`. */
export const WANTED = `x.type <> 'system' and x.deleted_at is null and x.sender_id is distinct from u.id
  and u.erased_at is null and (c.org_id is null or c.org_id = u.org_id)
  and m.left_at is null and coalesce(m.read_id, 0) < x.id
  and (m.muted_until is null or m.muted_until <= now())
  and case coalesce(m.notify_level, 'all') when 'all' then true when 'none' then false
      else u.id = any(x.mentions) end`

export interface LogEntry {
  position: number
  /** Of an event that says that a message was written. */
  messageId: MessageId | null
}

/**
 * What follows a position of the log, as far as it matters here: so many events at most, and of messages no more than
 * concern so many members together, but one at least; and whether one of these limits was met.
 */
export async function messagesAfter(
  db: Queryable,
  position: number,
  { events, members }: { events: number; members: number },
): Promise<{ entries: LogEntry[]; isFull: boolean }> {
  const rows = await db.query<LogEntry & { read: number }>(
    `select position, "messageId", read from (
       select e.position, e."messageId", count(*) over () as read,
              sum(cardinality(a.user_ids)) over (order by e.position rows between unbounded preceding and 1 preceding) as before
       from (
         select position, audience_id, case type when 'message.created' then (payload->'message'->>'id')::bigint end as "messageId"
         from events where position > $1 order by position limit $2
       ) e ${leftLookup('audiences', 'id = e.audience_id and e."messageId" is not null', 'a')}
     ) counted
     where coalesce(before, 0) < $3
     order by position`,
    [position, events, members],
  )
  const [{ read } = { read: 0 }] = rows
  return { entries: rows, isFull: read === events || rows.length < read }
}

export interface Here {
  processId: string
  /** Who is connected to it. */
  userIds: UserId[]
}

/**
 * Queues these messages for all who are to hear of them and are connected nowhere. In a channel of the organisation, with
 * thousands who may never look, these are only those who are named.
 */
export async function insertNotifications(
  tx: Queryable,
  messageIds: MessageId[],
  { processId, userIds }: Here,
): Promise<void> {
  await tx.query(
    `insert into notifications (user_id, conversation_id, message_id)
     select u.id, c.id, x.id
     from unnest($1::bigint[]) as written (id) ${messageOf('written.id')}
     cross join lateral (
       select user_id from members where conversation_id = c.id and c.visibility = 'private'
       union all
       select user_id from unnest(x.mentions) as user_id where c.visibility = 'org') r
     ${memberOf('r.user_id')}
     where r.user_id not in (select unnest($2::text[])) and ${WANTED} and not ${isConnectedElsewhere(3)}
     order by x.id, u.id
     on conflict do nothing`,
    [messageIds, userIds, processId],
  )
}

export interface Taken {
  /** How many were looked at; zero: none is due. */
  looked: number
  notifications: Notification[]
}

/**
 * Looks at those that have been due longest. Nobody else gets what is still wanted for a while; what is no longer
 * wanted goes.
 */
export async function leaseNotifications(db: Queryable, limit: number, leaseSeconds: number): Promise<Taken> {
  const [row] = await db.query<{ looked: number; notifications: NotificationJson[] }>(
    `with due as materialized (
       select id, user_id, message_id from notifications
       where due_at <= now() order by due_at, id limit $1 for update skip locked
     ), wanted as materialized (
       select due.id, jsonb_build_object('id', x.id, 'senderId', x.sender_id, 'type', x.type,
                'text', left(x.text, ${PREVIEW}), 'createdAt', x.created_at) as message
       from due ${messageOf('due.message_id')} ${memberOf('due.user_id')}
       where ${WANTED}
     ), dropped as (
       delete from notifications n using due
       where n.id = due.id and not exists (select from wanted w where w.id = n.id)
     ), leased as (
       update notifications n set due_at = now() + make_interval(secs => $2)
       from wanted w where n.id = w.id
       returning n.id, jsonb_build_object('id', n.id, 'userId', n.user_id, 'conversationId', n.conversation_id,
         'message', w.message, 'createdAt', n.created_at) as notification
     )
     select (select count(*) from due) as looked,
            coalesce((select jsonb_agg(notification order by id) from leased), '[]') as notifications`,
    [limit, leaseSeconds],
  )
  return { looked: row?.looked ?? 0, notifications: (row?.notifications ?? []).map(parseNotification) }
}

/** So many characters of its text tell what a message is about. */
const PREVIEW = 200

interface NotificationJson extends Omit<Notification, 'message' | 'createdAt'> {
  message: Omit<Notification['message'], 'createdAt'> & { createdAt: string }
  createdAt: string
}

function parseNotification({ message, createdAt, ...others }: NotificationJson): Notification {
  return {
    ...others,
    message: { ...message, createdAt: new Date(message.createdAt) },
    createdAt: new Date(createdAt),
  }
}

export async function deleteNotifications(db: Queryable, ids: number[]): Promise<void> {
  await db.query('delete from notifications where id = any($1)', [ids])
}

/** Those that nobody took in time. */
export async function deleteExpiredNotifications(db: Queryable, hours: number): Promise<void> {
  await db.query('delete from notifications where created_at < now() - make_interval(hours => $1)', [hours])
}

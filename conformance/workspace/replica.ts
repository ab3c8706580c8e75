import type { Conversation, Message } from '@parley/wire/workspace'
import type { ChatEvent, UserEvent } from '@parley/wire/workspace-events'
import type { Colleague } from '../support/colleague.ts'
import type { Heard, Hearing } from '../support/hearing.ts'

// What a front end shows, kept up to date by the events alone; a conversation is fetched when it is added.

interface Row {
  conversation: Conversation
  /** Oldest first. */
  messages: Message[]
}

export interface Replica {
  me: Colleague
  hearing: Hearing
  rows: Map<string, Row>
  /** How many of the hearing's events have been applied. */
  applied: number
}

/** A client that has just been started. */
export async function startReplica(me: Colleague, hearing: Hearing): Promise<Replica> {
  const replica: Replica = { me, hearing, rows: new Map(), applied: 0 }
  for (const { id } of await listAll(me)) await open(replica, id)
  return replica
}

async function listAll(me: Colleague): Promise<Conversation[]> {
  const all: Conversation[] = []
  for (const filter of ['all', 'archived']) {
    let cursor: string | null | undefined
    do {
      const input = { filter, limit: 3, ...(typeof cursor === 'string' && { cursor }) }
      const { data, page } = await me.ask('list-conversations', input)
      all.push(...data)
      cursor = page.nextCursor
    } while (cursor !== null)
  }
  return all
}

async function fetchMessages(me: Colleague, conversationId: string): Promise<Message[]> {
  let { data, page } = await me.ask('list-messages', { conversationId, limit: 10 })
  while (page.prevCursor !== null) {
    const older = await me.ask('list-messages', { conversationId, limit: 10, before: page.prevCursor })
    data = [...older.data, ...data]
    page = older.page
  }
  return data
}

/** Subscribed first, so that what is fetched cannot be older than what is heard. */
async function open({ me, hearing, rows }: Replica, id: string): Promise<void> {
  if ((await me.call('get-conversation', { id })).status !== 200) return
  await hearing.subscribe(`chat:${id}`)
  const { data: conversation } = await me.ask('get-conversation', { id })
  rows.set(id, { conversation, messages: await fetchMessages(me, id) })
}

function close({ hearing, rows }: Replica, id: string): void {
  rows.delete(id)
  hearing.unsubscribe(`chat:${id}`)
}

/** What is shown, as plain data for comparison: the most recently active first, archived ones behind. */
export function shown({ rows }: Replica) {
  const activity = ({ conversation }: Row) =>
    [conversation.updatedAt, conversation.id.padStart(16, '0')].join()
  const list = [...rows.values()].map((row) => ({
    ...row,
    conversation: { ...row.conversation, lastMessage: row.messages.at(-1) ?? null },
  }))
  const newestFirst = list.toSorted((a, b) => (activity(a) < activity(b) ? 1 : -1))
  const isArchived = ({ conversation }: Row) => conversation.archivedAt !== null
  return [...newestFirst.filter((row) => !isArchived(row)), ...newestFirst.filter(isArchived)]
}

/** What the server shows now. */
export async function snapshot(me: Colleague) {
  const rows: Row[] = []
  for (const conversation of await listAll(me))
    rows.push({ conversation, messages: await fetchMessages(me, conversation.id) })
  return rows
}

/** Applies whatever has arrived. */
export async function catchUp(replica: Replica): Promise<void> {
  for (;;) {
    const next = replica.hearing.heard[replica.applied]
    if (!next) return
    replica.applied++
    await apply(replica, next)
  }
}

async function apply(replica: Replica, { channel, event }: Heard): Promise<void> {
  if (channel.startsWith('user:')) await applyOwn(replica, event as UserEvent)
  else if (channel.startsWith('chat:')) applyChange(replica, event as ChatEvent)
}

async function applyOwn(replica: Replica, { type, data }: UserEvent): Promise<void> {
  const conversation = replica.rows.get(data.conversationId)?.conversation
  switch (type) {
    case 'conversation.added':
      return open(replica, data.conversationId)
    case 'conversation.removed': {
      close(replica, data.conversationId)
      return
    }
    case 'conversation.preferences':
      if (conversation) conversation.preferences = data.preferences
      return
    case 'unread.updated':
      if (conversation) Object.assign(conversation, { unread: data.unread, mentions: data.mentions })
      return
  }
}

function applyChange({ rows, me }: Replica, event: ChatEvent): void {
  const row = rows.get(event.data.conversationId)
  if (!row || event.type === 'typing' || event.data.seq <= row.conversation.seq) return
  const { conversation } = row
  conversation.seq = event.data.seq
  switch (event.type) {
    case 'message.created': {
      append(row, { ...event.data.message, reactions: [] })
      return
    }
    case 'message.updated': {
      change(row, event.data.message.id, () => event.data.message)
      return
    }
    case 'message.deleted': {
      change(row, event.data.messageId, () => ({ ...NOTHING, deletedAt: event.data.deletedAt }))
      return
    }
    case 'reaction.added':
    case 'reaction.removed': {
      change(row, event.data.messageId, ({ reactions }) => ({
        reactions: react(reactions, event, me.id),
      }))
      return
    }
    case 'message.pinned': {
      change(row, event.data.messageId, () => ({ pinnedAt: event.data.pinnedAt }))
      return
    }
    case 'message.unpinned': {
      change(row, event.data.messageId, () => ({ pinnedAt: null }))
      return
    }
    case 'conversation.updated':
      Object.assign(conversation, event.data.conversation)
      // Members are told to nobody of an open channel: what was known of them is no longer.
      if (conversation.visibility === 'org') conversation.members = null
      return
    case 'conversation.archived':
      conversation.archivedAt = event.data.archivedAt
      return
    case 'member.added': {
      come(conversation, event.data.userIds)
      return
    }
    case 'member.removed':
      go(conversation, event.data.userId)
      if (event.data.ownerId === me.id) conversation.role = 'owner'
      return
    case 'conversation.read':
      if (event.data.userId === me.id)
        conversation.readCursor = { lastReadMessageId: event.data.lastReadMessageId }
      return
    case 'conversation.delivered':
      return
  }
}

/** What is left of a deleted message. */
const NOTHING = {
  content: '',
  mentions: [],
  attachments: [],
  linkPreviews: [],
  reactions: [],
  pinnedAt: null,
}

function append(row: Row, message: Message): void {
  row.conversation.updatedAt = message.createdAt
  // It was there already when the messages were fetched after the conversation.
  if (!row.messages.some(({ id }) => id === message.id)) row.messages.push(message)
}

function change(row: Row, id: string, changed: (message: Message) => Partial<Message>): void {
  row.messages = row.messages.map((message) =>
    message.id === id ? { ...message, ...changed(message) } : message,
  )
}

type Reacted = Extract<ChatEvent, { type: 'reaction.added' | 'reaction.removed' }>

function react(reactions: Message['reactions'], { type, data }: Reacted, me: string): Message['reactions'] {
  const { emoji, userId, count } = data
  const before = reactions.find((reaction) => reaction.emoji === emoji)
  const others = (before?.userIds ?? []).filter((id) => id !== userId)
  const userIds = type === 'reaction.added' ? [...others, userId] : others
  const after = { emoji, count, userIds, mine: userIds.includes(me) }
  if (count === 0) return reactions.filter((reaction) => reaction.emoji !== emoji)
  if (!before) return [...reactions, after]
  return reactions.map((reaction) => (reaction === before ? after : reaction))
}

function come({ members }: Conversation, userIds: string[]): void {
  if (!members) return
  const fresh = userIds.filter((id) => !members.userIds.includes(id))
  members.userIds.push(...fresh)
  members.count += fresh.length
}

function go({ members }: Conversation, userId: string): void {
  if (!members?.userIds.includes(userId)) return
  members.userIds = members.userIds.filter((id) => id !== userId)
  members.count--
}

import type { Conversation, Event, Message } from '@parley/wire/marketplace'
import { everyPage, listConversations, listMessages, totalUnread } from './acts.ts'
import type { Person } from './person.ts'

// What a front end shows, kept up to date by the document's "Frontend handling" alone.

interface Row {
  conversation: Conversation
  /** Oldest first, as on the screen. */
  messages: Message[]
  hidden: boolean
}

export interface Screen {
  me: number
  /** Most recently active first. */
  rows: Row[]
  badge: number
}

const statuses = ['sent', 'delivered', 'read'] as const

/** What the server shows now. */
export async function loadScreen(person: Person): Promise<Screen> {
  const conversations = await everyPage((cursor) => listConversations(person, { cursor, limit: 3 }))
  const rows: Row[] = []
  for (const conversation of conversations) {
    const newestFirst = await everyPage((cursor) =>
      listMessages(person, conversation.id, { cursor, limit: 100 }),
    )
    rows.push({ conversation, messages: newestFirst.reverse(), hidden: false })
  }
  return { me: person.id, rows, badge: await totalUnread(person) }
}

/** Visible rows and badge, as plain data for comparison. */
export function shown({ rows, badge }: Screen) {
  const visible = rows.filter(({ hidden }) => !hidden)
  const list = visible.map(({ conversation, messages }) => ({
    conversation: { ...conversation, last_message: messages.at(-1) ?? null },
    messages,
  }))
  return { list, badge }
}

/** One event, as the document says to handle it. */
export function apply(screen: Screen, event: Event): void {
  switch (event.type) {
    case 'message.new':
      append(screen, event.data.message)
      break
    case 'message.delivered':
      mark(screen, event.data.conversation_id, 'delivered', { upTo: event.data.last_message_id, mine: true })
      break
    case 'message.read':
      mark(screen, event.data.conversation_id, 'read', { upTo: event.data.last_read_message_id, mine: true })
      break
    case 'unread.update':
      screen.badge = event.data.total_unread
      break
    case 'typing':
    case 'presence':
      break
  }
}

function append(screen: Screen, message: Message) {
  const row = rowOf(screen, message.conversation_id)
  if (row.messages.some(({ id }) => id === message.id)) throw new Error(`message ${message.id} came twice`)
  row.messages.push({ ...message })
  row.hidden = false
  row.conversation.updated_at = message.created_at
  if (message.sender_id !== screen.me) {
    row.conversation.unread_count++
    screen.badge++
  }
  screen.rows = [row, ...screen.rows.filter((other) => other !== row)]
}

// What the person does here changes the screen as soon as the server has acknowledged it.

export function opened(screen: Screen, conversationId: number): void {
  rowOf(screen, conversationId).conversation.unread_count = 0
  mark(screen, conversationId, 'read', { upTo: Infinity, mine: false })
}

export function confirmed(screen: Screen, conversationId: number, lastMessageId: number): void {
  mark(screen, conversationId, 'delivered', { upTo: lastMessageId, mine: false })
}

export function setHidden(screen: Screen, conversationId: number, hidden: boolean): void {
  rowOf(screen, conversationId).hidden = hidden
}

export function rowOf(screen: Screen, conversationId: number): Row {
  const row = screen.rows.find(({ conversation }) => conversation.id === conversationId)
  if (row === undefined) throw new Error(`conversation ${conversationId} is on no screen`)
  return row
}

function mark(
  screen: Screen,
  conversationId: number,
  status: Message['status'],
  which: { upTo: number; mine: boolean },
) {
  for (const message of rowOf(screen, conversationId).messages) {
    const mine = message.sender_id === screen.me
    const further = statuses.indexOf(message.status) < statuses.indexOf(status)
    if (message.id <= which.upTo && mine === which.mine && further) message.status = status
  }
}

import type { DialogListItem, Message, Participant } from '@parley/wire/dialogs'
import type { DialogsServerEvent } from '@parley/wire/dialogs-events'
import { listDialogs, listMessages, listParticipants, type Guest } from './guest.ts'

type Line = Pick<Message, 'id' | 'sender_id' | 'content' | 'message_type'>

interface Row {
  item: Pick<DialogListItem, 'id' | 'title' | 'is_archived'>
  messages: Map<string, Line>
  /** How far each participant has read. */
  people: Map<string, string | null>
}

/** What somebody was shown, kept by events alone. */
export interface Replica {
  me: Guest
  rows: Map<string, Row>
  /** Applies an event; what cannot be known from it is fetched: who is new, and what one has come to be in. */
  take: (event: DialogsServerEvent) => Promise<void>
}

const readOf = (people: Participant[]) =>
  new Map(people.map((one) => [one.user_id, one.last_read_message_id]))

async function fetchRow(me: Guest, { id, title, is_archived }: DialogListItem): Promise<Row> {
  const { messages } = await listMessages(me, id, '?limit=100')
  return {
    item: { id, title, ...(is_archived !== undefined && { is_archived }) },
    messages: new Map(messages.map((message) => [message.id, message])),
    people: readOf(await listParticipants(me, id)),
  }
}

async function fetchAll(me: Guest): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>()
  for (const item of await listDialogs(me)) rows.set(item.id, await fetchRow(me, item))
  return rows
}

export async function startReplica(me: Guest): Promise<Replica> {
  const rows = await fetchAll(me)

  async function come(id: string) {
    const item = (await listDialogs(me)).find((dialog) => dialog.id === id)
    if (item) rows.set(id, await fetchRow(me, item))
  }

  async function take(event: DialogsServerEvent): Promise<void> {
    const row = 'dialog_id' in event ? rows.get(event.dialog_id) : undefined
    if (event.type === 'participant.joined' && event.user_id === me.id) return come(event.dialog_id)
    if (!row) return
    switch (event.type) {
      case 'message.new':
        row.messages.set(event.id, event)
        break
      case 'message.edited': {
        const message = row.messages.get(event.id)
        if (message) row.messages.set(event.id, { ...message, content: event.content })
        break
      }
      case 'message.deleted':
        row.messages.delete(event.id)
        break
      case 'message.read':
        if (row.people.has(event.user_id)) row.people.set(event.user_id, event.last_read_message_id)
        break
      case 'participant.joined':
        row.people = readOf(await listParticipants(me, event.dialog_id).catch(() => []))
        break
      case 'participant.left':
        if (event.user_id === me.id) rows.delete(event.dialog_id)
        else row.people.delete(event.user_id)
        break
      case 'dialog.archived':
      case 'dialog.unarchived':
        row.item.is_archived = event.type === 'dialog.archived'
        break
      case 'connected':
      case 'presence.update':
      case 'pong':
      case 'error':
        break
    }
  }
  return { me, rows, take }
}

/** What is in a row, with what follows from it: the count of what is unread, and the last message. */
function shownRow(me: Guest, { item, messages, people }: Row) {
  const listed = [...messages.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, sender_id, content, message_type }) => ({ id, sender_id, content, message_type }))
  const readUpTo = people.get(me.id) ?? ''
  const unread = listed.filter(
    ({ id, sender_id, message_type }) => message_type === 'user' && sender_id !== me.id && id > readUpTo,
  )
  return {
    ...item,
    messages: listed,
    people: [...people].sort(),
    unread: unread.length,
    last: listed.at(-1)?.id,
  }
}

export function shown({ me, rows }: Replica) {
  return [...rows.values()].map((row) => shownRow(me, row)).sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The same as the server lists it now, its own counts included. */
export async function snapshot(me: Guest) {
  const items = new Map((await listDialogs(me)).map((item) => [item.id, item]))
  const replica = await startReplica(me)
  return shown(replica).map((row) => {
    const { unread_count: unread, last_message } = items.get(row.id) ?? {}
    return { ...row, unread, last: last_message?.id }
  })
}

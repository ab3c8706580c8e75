import { expect } from 'vitest'
import type { Message } from '@parley/wire/marketplace'
import { everyPage, listConversations, listMessages, totalUnread } from '../support/acts.ts'
import type { Person } from '../support/person.ts'
import type { Load } from './load.ts'
import { companionOf, conversationsOf, type Conversation, type World } from './people.ts'

/** Every conversation's messages as the database has them, oldest first. */
export type History = Map<Conversation, Message[]>

export const FENCE = 'fence'

/** Every acknowledged message is there once, in order, and no cursor stands behind where it stood. */
export async function audit(world: World, load: Load): Promise<History> {
  const acknowledged = [...load.acknowledged]
  const floors = world.conversations.map((conversation) => ({
    conversation,
    floor: cursorFloors(conversation, load),
  }))
  const history = await readHistory(world)
  for (const { conversation, floor } of floors) {
    const messages = history.get(conversation) ?? []
    checkOrder(messages)
    const own = acknowledged.filter((message) => message.conversation_id === conversation.id)
    const kept = new Map(messages.map((message) => [message.id, message]))
    const lost = own.filter(({ id, text }) => kept.get(id)?.text !== text)
    expect(lost, `acknowledged in conversation ${conversation.id} and not there`).toEqual([])
    for (const person of conversation.members)
      checkCursors({ conversation, person, messages, load }, floor(person))
  }
  return history
}

async function readHistory({ conversations }: World): Promise<History> {
  const read = async (conversation: Conversation) => {
    const { id, members } = conversation
    const newestFirst = await everyPage((cursor) => listMessages(members[0], id, { cursor, limit: 100 }))
    return [conversation, newestFirst.reverse()] as const
  }
  return new Map(await Promise.all(conversations.map(read)))
}

function checkOrder(messages: Message[]) {
  const ids = messages.map(({ id }) => id)
  expect(ids, 'ids rise').toEqual([...new Set(ids)].sort((a, b) => a - b))
  const written = messages.filter(({ text }) => text?.startsWith(FENCE) === false)
  for (const [sender, own] of Map.groupBy(written, ({ sender_id }) => sender_id)) {
    const numbers = own.map(({ text }) => Number(/^\d+\/(\d+)/.exec(text ?? '')?.[1]))
    expect(numbers, `what ${sender ?? 'nobody'} wrote: each once, in order`).toEqual(
      own.map((_, at) => at + 1),
    )
  }
}

type Floor = (person: Person) => { read: number; delivered: number }

function cursorFloors(conversation: Conversation, { cursors }: Load): Floor {
  const floors = new Map(
    conversation.members.map((person) => [
      person,
      { read: cursors.read.of(conversation, person), delivered: cursors.delivered.of(conversation, person) },
    ]),
  )
  return (person) => floors.get(person) ?? { read: 0, delivered: 0 }
}

interface Reader {
  conversation: Conversation
  person: Person
  messages: Message[]
  load: Load
}

/** A person's cursors show in the statuses of what the companion wrote. */
function checkCursors({ conversation, person, messages, load }: Reader, floor: ReturnType<Floor>) {
  const theirs = messages.filter(({ sender_id }) => sender_id !== person.id)
  const name = `${person.name} in conversation ${conversation.id}`
  const unread = theirs.filter(({ id, status }) => id <= floor.read && status !== 'read')
  expect(unread, `read by ${name} up to ${floor.read}`).toEqual([])
  const undelivered = theirs.filter(({ id, status }) => id <= floor.delivered && status === 'sent')
  expect(undelivered, `delivered to ${name} up to ${floor.delivered}`).toEqual([])
  const ranks = theirs.map(({ status }) => ['read', 'delivered', 'sent'].indexOf(status))
  expect(ranks, `statuses of what was written to ${name}`).toEqual([...ranks].sort((a, b) => a - b))
  load.cursors.read.raise(conversation, person, theirs.findLast(({ status }) => status === 'read')?.id ?? 0)
  const arrived = theirs.findLast(({ status }) => status !== 'sent')
  load.cursors.delivered.raise(conversation, person, arrived?.id ?? 0)
}

/** Unread counts are those of a recount. Nothing may be under way. */
export async function recount(world: World, history: History): Promise<void> {
  for (const person of world.people) {
    const { data } = await listConversations(person, { limit: 100 })
    const counted = data.map(({ id, unread_count }) => ({ id, unread: unread_count })).sort(byId)
    const expected = conversationsOf(world, person).map((conversation) => ({
      id: conversation.id,
      unread: unreadBy(person, conversation, history),
    }))
    expect(counted, `unread counts of ${person.name}`).toEqual(expected.sort(byId))
    const total = expected.reduce((sum, { unread }) => sum + unread, 0)
    expect(await totalUnread(person), `total of ${person.name}`).toBe(total)
  }
}

function unreadBy(person: Person, conversation: Conversation, history: History): number {
  const companion = companionOf(conversation, person)
  const messages = history.get(conversation) ?? []
  return messages.filter(({ sender_id, status }) => sender_id === companion.id && status !== 'read').length
}

const byId = (one: { id: number }, other: { id: number }) => one.id - other.id

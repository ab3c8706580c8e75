import { openConversations, realtimeTokens, speaker } from './parley.ts'
import type { Parley, Person } from './parley.ts'
import { connect, dialogsClients, marketplaceClients, signedIn, socketIo, subscribe } from './clients.ts'
import type { ReceiverOptions } from './receivers.ts'

/** Many connections to one conversation, of one dialect or several, and how somebody writes in it. */
export interface Crowd {
  name: string
  listeners: ReceiverOptions[]
  /** Asked for once they listen. */
  post: () => Promise<Post> | Post
}

interface Post {
  path: string
  body: object
}

const TEXT = 'Здравствуйте! Ещё продаёте? Могу забрать сегодня вечером'

const MOST_AT_ONCE = 999
const MOST_IN_DIALOG = 1000

/** The connections of two people, half of them each: the marketplace has no more in a conversation. */
export async function marketplaceCrowd(
  parley: Parley,
  [seller, buyer]: Person[],
  count: number,
): Promise<Crowd> {
  if (!buyer || !seller) throw new Error('It takes two.')
  const [id] = await openConversations(parley, { buyer, seller, count: 1 })
  const people = Array.from({ length: count }, (_, n) => (n % 2 === 0 ? seller : buyer))
  return {
    name: 'marketplace',
    listeners: [{ ...marketplaceClients(people), count, only: '"message.new"' }],
    post: () => ({ path: `/api/vendor/conversations/${id}/messages`, body: { text: TEXT } }),
  }
}

/** A group, whose members listen as the workspace has them listen, or rooms, or half of them each. */
export async function groupCrowds(parley: Parley, people: Person[]): Promise<Crowd[]> {
  const id = await openGroup(parley, people)
  const tokens = await realtimeTokens(parley, people)

  const workspace = (from: number, to: number): ReceiverOptions => ({
    count: to - from,
    opening: (n) => [connect({ token: tokens[from + n - 1] }), subscribe(`chat:${id}`)],
    only: '"message.created"',
  })
  const rooms = (from: number, to: number): ReceiverOptions => ({
    ...socketIo(() => ['join-chat-room', id]),
    ...signedIn(people.slice(from)),
    count: to - from,
    only: '"new-message"',
  })

  const { length } = people
  const half = Math.floor(length / 2)
  const send = () => ({ path: '/chat/messages/send', body: { conversationId: id, content: TEXT } })
  return [
    { name: 'workspace', listeners: [workspace(0, length)], post: send },
    {
      name: 'rooms',
      listeners: [rooms(0, length)],
      post: () => ({ path: `/api/chat/${id}/messages`, body: { content: TEXT } }),
    },
    { name: 'workspace and rooms', listeners: [workspace(0, half), rooms(half, length)], post: send },
  ]
}

async function openGroup(parley: Parley, [first, ...others]: Person[]): Promise<string> {
  if (!first) throw new Error('Nobody is there.')
  const ask = speaker(parley, first)
  const group = { type: 'group', visibility: 'private', historyMode: 'all', name: 'Everybody' }
  const { id } = await ask<{ id: string }>('POST', '/chat/conversations/create', group)
  for (let start = 0; start < others.length; start += MOST_AT_ONCE) {
    const userIds = others.slice(start, start + MOST_AT_ONCE).map((person) => person.id)
    await ask('POST', `/chat/conversations/${id}/members/add`, { userIds })
  }
  return id
}

/** As many people as a dialog may begin with, each connected as often: whoever is added is told of to all who are there. */
export function dialogsCrowd(parley: Parley, everybody: Person[], count: number): Crowd {
  const people = everybody.slice(0, MOST_IN_DIALOG)
  const connected = Array.from({ length: Math.ceil(count / people.length) }, () => people).flat()
  return {
    name: 'dialogs',
    listeners: [{ ...dialogsClients(connected), count, only: '"message.new"' }],
    async post() {
      const id = await openDialog(parley, people)
      return { path: `/api/v1/dialogs/${id}/messages`, body: { content: TEXT } }
    },
  }
}

/** It is begun once all are there: each of them would have heard of each. */
async function openDialog(parley: Parley, people: Person[]): Promise<string> {
  const participants = people.map(({ id }) => ({ user_id: id, display_name: `Person ${id}` }))
  const about = { object_type: 'order', object_id: '7', title: 'Order 7' }
  const { id } = await parley.manage<{ id: string }>('POST', '/dialogs', { ...about, participants })
  return id
}

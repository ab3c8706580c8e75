import type { Chat, Message } from '@parley/wire/rooms'
import type { Input } from '../support/described-api.ts'
import { room, say, type Friend, type Friends } from '../support/friends.ts'

/** A group, those who are in it, and those who are not. */
export interface Scene {
  owner: Friend
  member: Friend
  /** Another member, to be removed. */
  other: Friend
  former: Friend
  outsider: Friend
  chat: Chat
  /** By the member. */
  message: Message
}

export async function setScene(friends: Friends): Promise<Scene> {
  const [owner, member, other, former] = await friends.friends(4)
  const outsider = await friends.friend()
  const chat = await room(owner, [member, other, former], { title: 'Plans' })
  const message = await say(member, chat._id, 'hello')
  await owner.ask('removeParticipant', { id: chat._id, participantId: former.id })
  return { owner, member, other, former, outsider, chat, message }
}

export const roles = ['outsider', 'former', 'member', 'owner'] as const
export type Role = (typeof roles)[number]

interface Row {
  method: string
  path: string
  input?: (scene: Scene) => Input
  statuses: Record<Role, number>
}

const everybody = (status: number): Row['statuses'] => ({
  outsider: status,
  former: status,
  member: status,
  owner: status,
})
const participants = (member: number, owner = member): Row['statuses'] => ({
  ...everybody(403),
  member,
  owner,
})

const here =
  (rest: Input | ((scene: Scene) => Input) = {}) =>
  (scene: Scene) => ({ id: scene.chat._id, ...(typeof rest === 'function' ? rest(scene) : rest) })
const there =
  (rest: Input = {}) =>
  ({ chat, message }: Scene) => ({ id: chat._id, messageId: message._id, ...rest })

/** Every operation, with a request that succeeds and what it answers to whom. */
export const operations: Record<string, Row> = {
  createChat: {
    ...{ method: 'POST', path: '/api/chat' },
    input: ({ other }) => ({ type: 'group', participantIds: [other.id] }),
    statuses: everybody(201),
  },
  openPurchaseRequestChat: {
    ...{ method: 'POST', path: '/api/chat/purchase-request' },
    // Of which there is none; who may open one is a story of its own.
    input: ({ other }) => ({ purchaseRequestId: 'none', sellerId: other.id }),
    statuses: everybody(404),
  },
  openSupportChat: { method: 'POST', path: '/api/chat/support', statuses: everybody(201) },
  listChats: { method: 'GET', path: '/api/chat', statuses: everybody(200) },
  getChatStats: { method: 'GET', path: '/api/chat/stats', statuses: everybody(200) },
  getChat: { method: 'GET', path: '/api/chat/{id}/info', input: here(), statuses: participants(200) },
  toggleArchived: {
    ...{ method: 'PATCH', path: '/api/chat/{id}/archive' },
    input: here(),
    statuses: participants(200),
  },
  addParticipant: {
    ...{ method: 'POST', path: '/api/chat/{id}/participants' },
    input: here(({ outsider }) => ({ userId: outsider.id })),
    statuses: participants(403, 200),
  },
  removeParticipant: {
    ...{ method: 'DELETE', path: '/api/chat/{id}/participants/{participantId}' },
    input: here(({ other }) => ({ participantId: other.id })),
    statuses: participants(403, 200),
  },
  listMessages: {
    ...{ method: 'GET', path: '/api/chat/{id}/messages' },
    input: here({ limit: 10 }),
    statuses: participants(200),
  },
  sendMessage: {
    ...{ method: 'POST', path: '/api/chat/{id}/messages' },
    input: here({ content: 'hi' }),
    statuses: participants(201),
  },
  sendFile: {
    ...{ method: 'POST', path: '/api/chat/{id}/messages/file' },
    input: here(() => ({ file: new File(['x'], 'x.txt', { type: 'text/plain' }) })),
    statuses: participants(201),
  },
  markRead: {
    ...{ method: 'PATCH', path: '/api/chat/{id}/messages/read' },
    input: here(),
    statuses: participants(200),
  },
  editMessage: {
    ...{ method: 'PUT', path: '/api/chat/{id}/messages/{messageId}' },
    input: there({ content: 'hello!' }),
    statuses: participants(200, 403),
  },
  deleteMessage: {
    ...{ method: 'DELETE', path: '/api/chat/{id}/messages/{messageId}' },
    input: there(),
    statuses: participants(200),
  },
}

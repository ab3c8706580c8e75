import {
  attachmentListResponse,
  attachmentResponse,
  connectionTokenResponse,
  conversationListResponse,
  conversationResponse,
  messageListResponse,
  messageResponse,
  preferencesResponse,
  statusListResponse,
  subscribeTokenResponse,
  uploadTicketResponse,
} from '@parley/wire/workspace'
import type { Conversation, Message } from '@parley/wire/workspace'
import type { ZodType } from 'zod'
import type { Person, Workspace } from './workspace.ts'

/** A group of an organisation, those who are in it, and those who are not. */
export interface Scene {
  owner: Person
  member: Person
  /** Another member, to be removed. */
  other: Person
  former: Person
  /** Of the same organisation, but never a member. */
  outsider: Person
  /** Of another organisation. */
  stranger: Person
  group: Conversation
  /** By the member. */
  message: Message
  /** A file that the member has uploaded. */
  attachmentId: string
}

export async function setScene(workspace: Workspace): Promise<Scene> {
  const colleague = () => workspace.person()
  const [owner, member, other, former] = [
    await colleague(),
    await colleague(),
    await colleague(),
    await colleague(),
  ]
  const [outsider, stranger] = [await colleague(), await workspace.person({ org: 'globex' })]
  const memberIds = [member.id, other.id, former.id]
  const group = await workspace.conversation(owner, { type: 'group', name: 'Plans', memberIds })
  const message = await workspace.send(member, group.id, 'hello')
  await workspace.call(owner, `/chat/conversations/${group.id}/members/remove`, { userId: former.id })
  const attachmentId = await workspace.upload(member, group.id, Buffer.from('some notes'))
  return { owner, member, other, former, outsider, stranger, group, message, attachmentId }
}

export type Role = 'owner' | 'member' | 'former' | 'outsider' | 'stranger'

interface Operation {
  path: (scene: Scene) => string
  body?: (scene: Scene) => object
  /** Of the reply to who may; none where there is nothing to say. */
  schema?: ZodType
  statuses: Record<Role, number>
  /** To who may, once the conversation is archived; what it was where that makes no difference. */
  archived?: 409
}

/** For members alone: strangers do not even learn that it is there. */
const members = (status: number, owner = status): Operation['statuses'] => ({
  owner,
  member: status,
  former: 403,
  outsider: 403,
  stranger: 404,
})

const everybody = (status: number): Operation['statuses'] => ({
  owner: status,
  member: status,
  former: status,
  outsider: status,
  stranger: status,
})

const conversation =
  (rest: string) =>
  ({ group }: Scene) =>
    `/chat/conversations/${group.id}/${rest}`
const message =
  (rest: string) =>
  ({ message: { id } }: Scene) =>
    `/chat/messages/${id}/${rest}`
const inGroup =
  (rest: object = {}) =>
  ({ group }: Scene) => ({ conversationId: group.id, ...rest })

/** Every operation by its id. */
export const operations: Record<string, Operation> = {
  'get-subscribe-token': {
    path: () => '/chat/subscribe-token',
    body: inGroup(),
    schema: subscribeTokenResponse,
    statuses: members(200),
  },
  'send-message': {
    path: () => '/chat/messages/send',
    body: inGroup({ content: 'hi' }),
    schema: messageResponse,
    statuses: members(201),
    archived: 409,
  },
  'list-messages': {
    path: () => '/chat/messages/list',
    body: inGroup(),
    schema: messageListResponse,
    statuses: members(200),
  },
  'search-messages': {
    path: () => '/chat/messages/search',
    body: inGroup({ query: 'hello' }),
    schema: messageListResponse,
    statuses: members(200),
  },
  'edit-message': {
    path: message('update'),
    body: () => ({ content: 'hello!' }),
    schema: messageResponse,
    statuses: members(200, 403),
    archived: 409,
  },
  'delete-message': { path: message('delete'), statuses: members(204), archived: 409 },
  'send-typing': { path: () => '/chat/typing/send', body: inGroup(), statuses: members(204) },
  'add-reaction': {
    path: message('reactions/add'),
    body: () => ({ emoji: '👍' }),
    statuses: members(204),
    archived: 409,
  },
  'remove-reaction': {
    path: message('reactions/remove'),
    body: () => ({ emoji: '👍' }),
    statuses: members(204),
    archived: 409,
  },
  'pin-message': { path: message('pin'), statuses: members(204), archived: 409 },
  'unpin-message': { path: message('unpin'), statuses: members(204), archived: 409 },
  'list-conversations': {
    path: () => '/chat/conversations/list',
    schema: conversationListResponse,
    statuses: everybody(200),
  },
  'create-conversation': {
    path: () => '/chat/conversations/create',
    body: () => ({ type: 'group' }),
    schema: conversationResponse,
    statuses: everybody(201),
  },
  'get-conversation': { path: conversation('get'), schema: conversationResponse, statuses: members(200) },
  'update-conversation': {
    path: conversation('update'),
    body: () => ({ description: 'What next?' }),
    schema: conversationResponse,
    statuses: members(403, 200),
    archived: 409,
  },
  'archive-conversation': { path: conversation('archive'), statuses: members(403, 204) },
  'convert-conversation': {
    path: conversation('convert'),
    schema: conversationResponse,
    statuses: members(403, 200),
    archived: 409,
  },
  'add-conversation-member': {
    path: conversation('members/add'),
    body: ({ outsider }) => ({ userIds: [outsider.id] }),
    statuses: members(403, 204),
    archived: 409,
  },
  'remove-conversation-member': {
    path: conversation('members/remove'),
    body: ({ other }) => ({ userId: other.id }),
    statuses: members(403, 204),
    archived: 409,
  },
  'leave-conversation': { path: conversation('leave'), statuses: members(204), archived: 409 },
  'mark-conversation-read': { path: conversation('read'), statuses: members(204) },
  'update-conversation-preferences': {
    path: conversation('preferences/update'),
    body: () => ({ starred: true, muteUntil: 'forever', notifyLevel: 'mentions' }),
    schema: preferencesResponse,
    statuses: members(200),
  },
  'list-pinned-messages': {
    path: conversation('pins/list'),
    schema: messageListResponse,
    statuses: members(200),
  },
  'list-conversation-attachments': {
    path: conversation('attachments/list'),
    schema: attachmentListResponse,
    statuses: members(200),
  },
  'chat-attachment-upload-ticket': {
    path: () => '/chat/attachments/upload-ticket',
    body: inGroup({ filename: 'notes.txt', mimeType: 'text/plain', size: 10 }),
    schema: uploadTicketResponse,
    statuses: members(200),
    archived: 409,
  },
  'chat-attachment-finalize': {
    path: () => '/chat/attachments/finalize',
    body: ({ attachmentId }) => ({ attachmentId }),
    schema: attachmentResponse,
    statuses: { ...everybody(404), member: 200 },
    archived: 409,
  },
  'get-connection-token': {
    path: () => '/realtime/token',
    schema: connectionTokenResponse,
    statuses: everybody(200),
  },
  'presence-heartbeat': { path: () => '/presence/heartbeat', statuses: everybody(204) },
  'update-presence-status': {
    path: () => '/presence/status/update',
    body: () => ({ status: 'busy' }),
    statuses: everybody(204),
  },
  'get-presence-status': {
    path: () => '/presence/status/get',
    body: ({ member }) => ({ userIds: [member.id] }),
    schema: statusListResponse,
    statuses: everybody(200),
  },
}

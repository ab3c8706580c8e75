import type { Conversation, Message } from '@parley/wire/workspace'
import type { Colleague } from '../support/colleague.ts'
import type { Input } from '../support/described-api.ts'
import { text, upload } from '../support/files.ts'
import { channel, group, say, type Team } from '../support/team.ts'

/** A group, those who are in it, and those who are not. */
export interface Scene {
  owner: Colleague
  member: Colleague
  /** Another member, to be removed. */
  other: Colleague
  former: Colleague
  /** Of the same organisation. */
  outsider: Colleague
  /** Of another organisation. */
  foreigner: Colleague
  /** Of the organisation, but of no conversation: an admin of its open channels alone. */
  manager: Colleague
  conversation: Conversation
  /** By the member. */
  message: Message
  /** Of a file that the member has uploaded. */
  attachmentId: string
}

export async function setScene(team: Team, place: 'group' | 'open channel' = 'group'): Promise<Scene> {
  const org = team.org()
  const here = (role: 'user' | 'admin' = 'user') => team.colleague({ org, role })
  const people = {
    owner: await here(),
    member: await here(),
    other: await here(),
    former: await here(),
    outsider: await here(),
    foreigner: await team.colleague({ org: team.org() }),
    manager: await here('admin'),
  }
  const { owner, member, other, former } = people
  const conversation =
    place === 'group' ? await group(owner, [member, other, former], { name: 'Plans' }) : await channel(owner)
  const message = await say(member, conversation.id, 'hello')
  const attachmentId = await upload(member, conversation.id, text('0123456789'))
  if (place === 'group')
    await owner.run('remove-conversation-member', { id: conversation.id, userId: former.id })
  return { ...people, conversation, message, attachmentId }
}

export const roles = ['foreigner', 'manager', 'outsider', 'former', 'member', 'owner'] as const
export type Role = (typeof roles)[number]

interface Row {
  input?: (scene: Scene) => Input
  statuses: Record<Role, number>
  /** To whoever may, once the conversation is archived, where that makes a difference. */
  archived?: number
}

/** For members alone: people elsewhere do not even learn that it is there. */
const members = (member: number, owner = member): Row['statuses'] => ({
  foreigner: 404,
  manager: 403,
  outsider: 403,
  former: 403,
  member,
  owner,
})
const everybody = (status: number): Row['statuses'] => ({
  foreigner: status,
  manager: status,
  outsider: status,
  former: status,
  member: status,
  owner: status,
})

const ofConversation =
  (rest: Input | ((scene: Scene) => Input) = {}) =>
  (scene: Scene) => ({ id: scene.conversation.id, ...(typeof rest === 'function' ? rest(scene) : rest) })
const ofMessage =
  (rest: Input = {}) =>
  ({ message: { id } }: Scene) => ({ id, ...rest })
const within =
  (rest: Input = {}) =>
  ({ conversation }: Scene) => ({ conversationId: conversation.id, ...rest })

/** Every operation, with a request that succeeds and what it answers to whom. */
export const operations: Record<string, Row> = {
  'get-subscribe-token': { input: within(), statuses: members(200) },
  'send-message': { input: within({ content: 'hi' }), statuses: members(201), archived: 409 },
  'list-messages': { input: within({ limit: 10 }), statuses: members(200) },
  'search-messages': { input: within({ query: 'hello' }), statuses: members(200) },
  'edit-message': { input: ofMessage({ content: 'hello!' }), statuses: members(200, 403), archived: 409 },
  'send-typing': { input: within(), statuses: members(204) },
  'add-reaction': { input: ofMessage({ emoji: '👍' }), statuses: members(204), archived: 409 },
  'remove-reaction': { input: ofMessage({ emoji: '👍' }), statuses: members(204), archived: 409 },
  'pin-message': { input: ofMessage(), statuses: members(204), archived: 409 },
  'unpin-message': { input: ofMessage(), statuses: members(204), archived: 409 },
  'delete-message': { input: ofMessage(), statuses: members(204), archived: 409 },
  'list-conversations': { input: () => ({ filter: 'all' }), statuses: everybody(200) },
  'create-conversation': { input: () => ({ type: 'group' }), statuses: everybody(201) },
  'get-conversation': { input: ofConversation(), statuses: members(200) },
  'update-conversation': {
    input: ofConversation({ description: 'What next?' }),
    statuses: members(403, 200),
    archived: 409,
  },
  'archive-conversation': { input: ofConversation(), statuses: members(403, 204) },
  'convert-conversation': { input: ofConversation(), statuses: members(403, 200), archived: 409 },
  'add-conversation-member': {
    input: ofConversation(({ outsider }) => ({ userIds: [outsider.id] })),
    statuses: members(403, 204),
    archived: 409,
  },
  'remove-conversation-member': {
    input: ofConversation(({ other }) => ({ userId: other.id })),
    statuses: members(403, 204),
    archived: 409,
  },
  'leave-conversation': { input: ofConversation(), statuses: members(204), archived: 409 },
  'mark-conversation-read': {
    input: ofConversation(({ message }) => ({ lastReadMessageId: message.id })),
    statuses: members(204),
  },
  'update-conversation-preferences': {
    input: ofConversation({ starred: true, muteUntil: 'forever', notifyLevel: 'mentions' }),
    statuses: members(200),
  },
  'list-pinned-messages': { input: ofConversation({ limit: 10 }), statuses: members(200) },
  'list-conversation-attachments': { input: ofConversation({ limit: 10 }), statuses: members(200) },
  'chat-attachment-upload-ticket': {
    input: within({ filename: 'plan.txt', mimeType: 'text/plain', size: 10 }),
    statuses: members(200),
    archived: 409,
  },
  // An upload is nobody's but the uploader's.
  'chat-attachment-finalize': {
    input: ({ attachmentId }) => ({ attachmentId }),
    statuses: { ...everybody(404), member: 200 },
    archived: 409,
  },
  'get-connection-token': { statuses: everybody(200) },
  'presence-heartbeat': { statuses: everybody(204) },
  'update-presence-status': { input: () => ({ status: 'busy' }), statuses: everybody(204) },
  'get-presence-status': {
    input: ({ member }) => ({ userIds: [member.id] }),
    statuses: everybody(200),
  },
}

/** Of an open channel, where everybody of the organisation is a member and its admins are admins: the differences. */
export const inOpenChannel: Record<string, Partial<Record<Role, number>>> = {
  'edit-message': { foreigner: 404, manager: 403, outsider: 403, former: 403, member: 200, owner: 403 },
  'pin-message': { foreigner: 404, manager: 204, outsider: 403, former: 403, member: 403, owner: 204 },
  'unpin-message': { foreigner: 404, manager: 204, outsider: 403, former: 403, member: 403, owner: 204 },
  'delete-message': { foreigner: 404, outsider: 403, former: 403, member: 204, owner: 204 },
  'update-conversation': {
    foreigner: 404,
    manager: 200,
    outsider: 403,
    former: 403,
    member: 403,
    owner: 200,
  },
  'chat-attachment-finalize': { ...everybody(404), member: 200 },
  'archive-conversation': { foreigner: 404, outsider: 403, former: 403, member: 403, owner: 204 },
  'convert-conversation': {
    foreigner: 404,
    manager: 409,
    outsider: 403,
    former: 403,
    member: 403,
    owner: 409,
  },
  'add-conversation-member': { foreigner: 404, manager: 204, outsider: 403, member: 403, owner: 204 },
  'remove-conversation-member': { foreigner: 404, manager: 409, outsider: 403, member: 403, owner: 409 },
}

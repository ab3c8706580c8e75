import { z } from 'zod'
import { messageSchema, preferencesSchema, sharedConversationSchema, statusSchema } from './workspace.ts'

// What arrives on the workspace dialect's channels: `{type, data}`. `seq` is the event's number in the change log of its
// conversation: a client drops what it has already, and asks again where one is missing.

const { id, createdAt: time } = messageSchema.shape
const userId = z.string()
const count = z.int().min(0)
const seq = count.min(1)

const change = { conversationId: id, seq }
const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), data: z.object(shape) })

/** The same for all who read it: the reactions, which say what is one's own, stay as they are. */
const sharedMessageSchema = messageSchema.omit({ reactions: true })
const reaction = { ...change, messageId: id, emoji: z.string(), userId, count }
const pin = { ...change, messageId: id, userId }

/** On `chat:<id>`. */
export const chatEventSchema = z.discriminatedUnion('type', [
  event('message.created', { ...change, message: sharedMessageSchema }),
  event('message.updated', { ...change, message: sharedMessageSchema }),
  event('message.deleted', { ...change, messageId: id, deletedAt: time }),
  event('reaction.added', reaction),
  event('reaction.removed', reaction),
  event('message.pinned', { ...pin, pinnedAt: time }),
  event('message.unpinned', pin),
  event('conversation.updated', { ...change, conversation: sharedConversationSchema }),
  event('conversation.archived', { ...change, archivedAt: time }),
  event('member.added', { ...change, userIds: z.array(userId), by: userId }),
  /** `by` is themselves where somebody left; `ownerId` owns the conversation from now on. */
  event('member.removed', { ...change, userId, by: userId, ownerId: userId.nullable() }),
  event('conversation.read', { ...change, userId, lastReadMessageId: id }),
  event('conversation.delivered', { ...change, userId, lastDeliveredMessageId: id }),
  /** Not part of the log: it has no place there, and is never recovered. */
  event('typing', { conversationId: id, userId }),
])
export type ChatEvent = z.infer<typeof chatEventSchema>

/** On `user:<id>`: what concerns this user alone. */
export const userEventSchema = z.discriminatedUnion('type', [
  event('conversation.added', { conversationId: id }),
  event('conversation.removed', { conversationId: id }),
  event('conversation.preferences', { conversationId: id, preferences: preferencesSchema }),
  /** What there is now, not what came to it. */
  event('unread.updated', { conversationId: id, unread: count, mentions: count }),
])
export type UserEvent = z.infer<typeof userEventSchema>

/** On `org:<id>`: what becomes of the channels that are open to everybody of the organisation. */
export const orgEventSchema = z.discriminatedUnion('type', [
  event('conversation.updated', { ...change, conversation: sharedConversationSchema }),
  event('conversation.archived', { ...change, archivedAt: time }),
])
export type OrgEvent = z.infer<typeof orgEventSchema>

/** On `status:<org>:<user>`. */
export const statusEventSchema = event('status.changed', { userId, status: statusSchema })
export type StatusEvent = z.infer<typeof statusEventSchema>

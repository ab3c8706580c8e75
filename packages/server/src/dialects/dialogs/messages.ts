import { messageListResponse, messageResponse } from '@parley/wire/dialogs'
import {
  callerQuery,
  dialogParams,
  editMessageBody,
  messageListQuery,
  messageParams,
  sendHeaders,
  sendMessageBody,
} from '@parley/wire/dialogs-requests'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { accessConversation } from '../../core/access.ts'
import {
  editDialogMessage,
  getDialogMessage,
  listDialogMessages,
  sendDialogMessage,
} from '../../core/dialog-messages.ts'
import { createGate } from '../../core/gate.ts'
import { deleteMessage } from '../../core/message-changes.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../core/types.ts'
import { finalizeClaimed } from '../../core/uploads.ts'
import type { ClaimedUpload } from '../../core/uploads.ts'
import { as, asParticipant } from './errors.ts'
import { uploadOf } from './files.ts'
import { dialogIdOf, messageIdOf, messageNamed } from './ids.ts'
import { badBody, conflict, done, missing, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { messageIdView, messageView } from './views.ts'

// An image is in memory while it is checked; what waits stays on disk.
const CHECKS = { running: 4, waiting: 64 }

/** For what is done to a message by who is in its dialog. */
const asReader = as({ not_found: 'MESSAGE_NOT_FOUND', forbidden: 'NOT_MESSAGE_AUTHOR' })

export const messageRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat, blobUrl }) => {
  const gate = createGate(CHECKS)
  const finalized = (actor: Actor, id: ConversationId, uploads: ClaimedUpload[]) =>
    gate(() => finalizeClaimed(chat, actor, id, uploads)).catch(asParticipant)

  app.get(
    '/dialogs/:id/messages',
    {
      schema: {
        ...operation('listMessages', 'List messages, oldest first', 'Messages'),
        params: dialogParams,
        querystring: messageListQuery,
        response: { 200: messageListResponse, ...refusals, ...missing },
      },
    },
    async ({ actor, params, query: { limit, ...query } }) => {
      const place = {
        before: messageNamed('before', query.before),
        after: messageNamed('after', query.after),
        around: messageNamed('around', query.around),
      }
      const listing = listDialogMessages(chat, actor, dialogIdOf(params.id), { ...place, limit })
      const { messages, firstUnreadId, hasBefore, hasAfter } = await listing.catch(asParticipant)
      return {
        data: {
          messages: messages.map((message) => messageView(message, blobUrl)),
          ...(firstUnreadId !== null && { first_unread_message_id: messageIdView(firstUnreadId) }),
          has_more_before: hasBefore,
          has_more_after: hasAfter,
        },
      }
    },
  )

  app.post(
    '/dialogs/:id/messages',
    {
      schema: {
        ...operation('sendMessage', 'Send a message', 'Messages'),
        headers: sendHeaders,
        params: dialogParams,
        querystring: callerQuery,
        body: sendMessageBody,
        response: { 200: messageResponse, ...refusals, ...missing, ...conflict, ...badBody },
      },
    },
    async ({ actor, headers, params, body: { content, reply_to, attachments } }) => {
      const conversationId = dialogIdOf(params.id)
      const uploads = attachments.map((file) => uploadOf(file, params.id))
      const attachmentIds = uploads.length > 0 ? await finalized(actor, conversationId, uploads) : []
      const { message } = await sendDialogMessage(chat, actor, {
        conversationId,
        content,
        replyToId: messageNamed('reply_to', reply_to),
        attachmentIds,
        clientKey: headers['idempotency-key'],
      }).catch(asParticipant)
      return { data: messageView(message, blobUrl) }
    },
  )

  app.get(
    '/dialogs/:id/messages/:message_id',
    {
      schema: {
        ...operation('getMessage', 'Get a message', 'Messages'),
        params: messageParams,
        querystring: callerQuery,
        response: { 200: messageResponse, ...refusals, ...missing },
      },
    },
    async ({ actor, params }) => {
      const { conversationId, id } = await placeOf(chat, actor, params)
      const message = await getDialogMessage(chat, actor, { conversationId, id }).catch(asReader)
      return { data: messageView(message, blobUrl) }
    },
  )

  app.put(
    '/dialogs/:id/messages/:message_id',
    {
      schema: {
        ...operation('editMessage', 'Edit an own message', 'Messages'),
        params: messageParams,
        querystring: callerQuery,
        body: editMessageBody,
        response: { 200: messageResponse, ...refusals, ...missing, ...conflict, ...badBody },
      },
    },
    async ({ actor, params, body: { content } }) => {
      const place = await placeOf(chat, actor, params)
      const message = await editDialogMessage(chat, actor, { ...place, content }).catch(asReader)
      return { data: messageView(message, blobUrl) }
    },
  )

  app.delete(
    '/dialogs/:id/messages/:message_id',
    {
      schema: {
        ...operation('deleteMessage', 'Delete an own message', 'Messages'),
        params: messageParams,
        querystring: callerQuery,
        response: { ...done, ...refusals, ...missing, ...conflict },
      },
    },
    async ({ actor, params }, reply) => {
      const { conversationId, id } = await placeOf(chat, actor, params)
      await deleteMessage(chat, actor, id, conversationId).catch(asReader)
      return reply.code(204).send(undefined)
    },
  )
}

/** The message that a path names, in a dialog that the caller is in. */
async function placeOf(
  chat: Chat,
  actor: Actor,
  params: { id: string; message_id: string },
): Promise<{ conversationId: ConversationId; id: MessageId }> {
  const conversationId = dialogIdOf(params.id)
  await accessConversation(chat.db, actor, conversationId).catch(asParticipant)
  return { conversationId, id: messageIdOf(params.message_id) }
}

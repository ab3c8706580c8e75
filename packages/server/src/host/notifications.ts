import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { finishNotifications, takeNotifications } from '../core/notifications.ts'
import type { Notification } from '../core/notifications.ts'
import type { Chat } from '../core/types.ts'
import { doneBody, refusals, takeBody, takenResponse } from './schemas.ts'

export const notificationRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  app.addHook('preValidation', async (request) => {
    // Nothing of what is asked here has to be said.
    request.body ??= {}
  })

  app.post(
    '/notifications/take',
    {
      schema: {
        operationId: 'takeNotifications',
        summary: 'Take offline notifications',
        body: takeBody,
        response: { 200: takenResponse, ...refusals },
      },
    },
    async ({ body: { limit } }) => ({
      data: (await takeNotifications(chat, limit)).map(notificationView),
    }),
  )

  app.post(
    '/notifications/done',
    {
      schema: {
        operationId: 'finishNotifications',
        summary: 'Say which offline notifications are done',
        body: doneBody,
        response: { 204: z.undefined(), ...refusals },
      },
    },
    async ({ body: { ids } }, reply) => {
      await finishNotifications(chat, ids)
      return reply.code(204).send()
    },
  )
}

function notificationView({ id, userId, conversationId, message, createdAt }: Notification) {
  return {
    id,
    user_id: userId,
    conversation_id: conversationId,
    message: {
      id: message.id,
      sender_id: message.senderId,
      type: message.type,
      text: message.text,
      created_at: message.createdAt.toISOString(),
    },
    created_at: createdAt.toISOString(),
  }
}

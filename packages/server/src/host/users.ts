import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Chat, User } from '../core/types.ts'
import { eraseUser, getUser, putUser } from '../core/users.ts'
import { erasedResponse, eraseQuery, refusals, userBody, userParams, userResponse } from './schemas.ts'

export const userRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  app.put(
    '/users/:id',
    {
      schema: {
        operationId: 'putUser',
        summary: 'Create or update a user',
        params: userParams,
        body: userBody,
        response: { 200: userResponse, 201: userResponse, ...refusals },
      },
    },
    async ({ params, body }, reply) => {
      const { created, ...user } = await putUser(chat, {
        id: params.id,
        displayName: body.display_name,
        avatarUrl: body.avatar_url ?? null,
        role: body.role,
        orgId: body.org ?? null,
      })
      return reply.code(created ? 201 : 200).send({ data: userView(user) })
    },
  )

  app.get(
    '/users/:id',
    {
      schema: {
        operationId: 'getUser',
        summary: 'Get a user',
        params: userParams,
        response: { 200: userResponse, ...refusals },
      },
    },
    async ({ params }) => ({
      data: userView(await getUser(chat, params.id)),
    }),
  )

  app.delete(
    '/users/:id',
    {
      schema: {
        operationId: 'eraseUser',
        summary: 'Erase a user',
        params: userParams,
        querystring: eraseQuery,
        response: { 200: erasedResponse, ...refusals },
      },
    },
    async ({ params: { id }, query: { messages: fate } }) => {
      const { sessions, messages, attachments } = await eraseUser(chat, id, fate)
      return {
        data: {
          user_id: id,
          messages: fate,
          sessions_ended: sessions,
          messages_changed: messages,
          files_deleted: attachments,
        },
      }
    },
  )
}

function userView(user: User) {
  return {
    id: user.id,
    display_name: user.displayName,
    avatar_url: user.avatarUrl,
    role: user.role,
    org: user.orgId,
    created_at: user.createdAt.toISOString(),
    last_seen_at: user.lastSeenAt?.toISOString() ?? null,
    erased_at: user.erasedAt?.toISOString() ?? null,
  }
}

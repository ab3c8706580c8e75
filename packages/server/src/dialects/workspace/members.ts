import { addMembersBody, idParams, removeMemberBody } from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { addMembers, leaveConversation, removeMember } from '../../core/members.ts'
import { conflict, done, invalid, notFound, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'

export const memberRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat }) => {
  app.post(
    '/conversations/:id/members/add',
    {
      schema: {
        ...operation('add-conversation-member', 'Add members'),
        params: idParams,
        body: addMembersBody,
        response: { ...done, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }, reply) => {
      await addMembers(chat, actor, params.id, body.userIds)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/conversations/:id/members/remove',
    {
      schema: {
        ...operation('remove-conversation-member', 'Remove a member'),
        params: idParams,
        body: removeMemberBody,
        response: { ...done, ...refusals, ...notFound, ...conflict, ...invalid },
      },
    },
    async ({ actor, params, body }, reply) => {
      await removeMember(chat, actor, params.id, body.userId)
      return reply.code(204).send(undefined)
    },
  )

  app.post(
    '/conversations/:id/leave',
    {
      schema: {
        ...operation('leave-conversation', 'Leave a conversation'),
        params: idParams,
        response: { ...done, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params }, reply) => {
      await leaveConversation(chat, actor, params.id)
      return reply.code(204).send(undefined)
    },
  )
}

import {
  chatParams,
  chatResponse,
  participantBody,
  participantParams,
  removalResponse,
} from '@parley/wire/rooms'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { overviewOf } from '../../core/conversations.ts'
import { addMembers, removeMember } from '../../core/members.ts'
import { answer, badBody, conflict, notFound, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import { showChat } from './show.ts'

export const participantRoutes: FastifyPluginAsyncZod<Scope> = async (app, scope) => {
  const { chat } = scope

  app.post(
    '/:id/participants',
    {
      schema: {
        ...operation('addParticipant', 'Add somebody to a group', 'Chats'),
        params: chatParams,
        body: participantBody,
        response: { 200: chatResponse, ...refusals, ...notFound, ...conflict, ...badBody },
      },
    },
    async ({ actor, params, body }) => {
      await addMembers(chat, actor, params.id, [body.userId])
      return answer({ chat: await showChat(scope, await overviewOf(chat, actor, params.id)) })
    },
  )

  app.delete(
    '/:id/participants/:participantId',
    {
      schema: {
        ...operation('removeParticipant', 'Remove somebody from a group, or leave a chat', 'Chats'),
        params: participantParams,
        response: { 200: removalResponse, ...refusals, ...notFound, ...conflict },
      },
    },
    async ({ actor, params: { id, participantId } }) => {
      await removeMember(chat, actor, id, participantId)
      return answer({ participantId })
    },
  )
}

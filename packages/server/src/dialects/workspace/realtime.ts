import { connectionTokenResponse, conversationBody, subscribeTokenResponse } from '@parley/wire/workspace'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { accessEvents } from '../../core/subscriptions.ts'
import { chatChannel } from './channels.ts'
import { invalid, notFound, operation, refusals } from './scope.ts'
import type { Scope } from './scope.ts'
import type { IssuedToken } from './tokens.ts'

export const realtimeRoutes: FastifyPluginAsyncZod<Scope> = async (app, { tokens }) => {
  app.post(
    '/token',
    {
      schema: {
        ...operation('get-connection-token', 'Get a token to connect with', 'Realtime'),
        response: { 200: connectionTokenResponse, ...refusals },
      },
    },
    async ({ actor: { userId, reach }, caller: { session, expiresAt } }) => {
      const holder = { userId, org: reach.org ?? '', sessionId: session?.id ?? null }
      return { data: tokenView(await tokens.connectionToken(holder, expiresAt)) }
    },
  )
}

export const subscriptionRoutes: FastifyPluginAsyncZod<Scope> = async (app, { chat, tokens }) => {
  app.post(
    '/subscribe-token',
    {
      schema: {
        ...operation('get-subscribe-token', 'Get a token to subscribe to a conversation with'),
        body: conversationBody,
        response: { 200: subscribeTokenResponse, ...refusals, ...notFound, ...invalid },
      },
    },
    async ({ actor, caller, body: { conversationId } }) => {
      await accessEvents(chat, actor, conversationId)
      const channel = chatChannel(conversationId)
      const issued = await tokens.subscriptionToken(actor.userId, channel, caller.expiresAt)
      return { data: { channel, ...tokenView(issued) } }
    },
  )
}

const tokenView = ({ token, expiresAt }: IssuedToken) => ({ token, expiresAt: expiresAt.toISOString() })

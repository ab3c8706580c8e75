import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { PURCHASE_REQUEST } from '../core/purchase-requests.ts'
import { putSubject } from '../core/subjects.ts'
import type { Chat } from '../core/types.ts'
import { blaming } from '../http/errors.ts'
import { purchaseRequestBody, purchaseRequestParams, purchaseRequestResponse, refusals } from './schemas.ts'

export const purchaseRequestRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  app.put(
    '/purchase-requests/:id',
    {
      schema: {
        operationId: 'putPurchaseRequest',
        summary: 'Create or replace a purchase request',
        params: purchaseRequestParams,
        body: purchaseRequestBody,
        response: { 200: purchaseRequestResponse, 201: purchaseRequestResponse, ...refusals },
      },
    },
    async ({ params: { id }, body }, reply) => {
      const { buyer_id, title, url = null } = body
      const request = { type: PURCHASE_REQUEST, id, title, url, ownerId: buyer_id, details: {} }
      const { created } = await putSubject(chat, request).catch(blaming('buyer_id'))
      return reply.code(created ? 201 : 200).send({ data: { id, buyer_id, title, url } })
    },
  )
}

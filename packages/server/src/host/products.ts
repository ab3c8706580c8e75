import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { putSubject } from '../core/subjects.ts'
import type { Chat } from '../core/types.ts'
import { blaming } from '../http/errors.ts'
import { productBody, productParams, productResponse, refusals } from './schemas.ts'

export const productRoutes: FastifyPluginAsyncZod<{ chat: Chat }> = async (app, { chat }) => {
  app.put(
    '/products/:id',
    {
      schema: {
        operationId: 'putProduct',
        summary: 'Create or replace a product',
        params: productParams,
        body: productBody,
        response: { 200: productResponse, 201: productResponse, ...refusals },
      },
    },
    async ({ params: { id }, body }, reply) => {
      const image_url = body.image_url ?? null
      const { created } = await putSubject(chat, {
        type: 'product',
        id,
        title: body.title,
        url: null,
        ownerId: body.seller_id,
        details: { price: body.price, status: body.status, imageUrl: image_url },
      }).catch(blaming('seller_id'))
      return reply.code(created ? 201 : 200).send({ data: { id, ...body, image_url } })
    },
  )
}

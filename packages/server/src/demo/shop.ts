import type { DemoPerson, Product as ProductView } from '@parley/wire/demo'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { readFile } from 'node:fs/promises'
import { ChatError } from '../core/errors.ts'
import { avatarOf } from './avatar.ts'
import { avatarPath, everybody, picturePath, products } from './content.ts'
import type { Person, Product } from './content.ts'

const PICTURE_POLICY = "default-src 'none'; sandbox"

type ById = { Params: { id: string } }

/** What the marketplace shows beside its chat: people, things for sale, and pictures of both. */
export const shop: FastifyPluginAsync = async (app) => {
  app.get('/demo/people', () => ({ data: everybody.map(personView) }))
  app.get('/demo/products', () => ({ data: products.map(productView) }))
  app.get<ById>('/demo/products/:id', async ({ params }) => {
    const product = products.find(({ id }) => id === params.id)
    if (!product) throw new ChatError('not_found', 'There is no such product.')
    return { data: productView(product) }
  })

  for (const { id } of everybody)
    app.get(avatarPath(id), (_request, reply) => sendPicture(reply, avatarOf(id)))
  for (const { id } of products)
    app.get(picturePath(id), async (_request, reply) =>
      sendPicture(reply, await readFile(new URL(`pictures/${id}.svg`, import.meta.url))),
    )
}

const personView = ({ id, name, about }: Person): DemoPerson => ({
  id: Number(id),
  display_name: name,
  avatar_url: avatarPath(id),
  about,
})

function productView({ id, sellerId, title, price, status }: Product): ProductView {
  const seller = everybody.find((person) => person.id === sellerId)
  return {
    id: Number(id),
    title,
    price,
    status,
    image_url: picturePath(id),
    seller: { id: Number(sellerId), display_name: seller?.name ?? '', avatar_url: avatarPath(sellerId) },
  }
}

function sendPicture(reply: FastifyReply, picture: string | Buffer) {
  return reply
    .headers({ 'content-security-policy': PICTURE_POLICY, 'cache-control': 'public, max-age=300' })
    .type('image/svg+xml')
    .send(picture)
}

import type { FastifyPluginAsync } from 'fastify'
import type { BlobStore } from '../core/blobs.ts'

/** Files under names that nobody can guess: whoever has the address may fetch it, and it never changes. */
export const blobRoutes: FastifyPluginAsync<{ blobs: BlobStore }> = async (app, { blobs }) => {
  app.get<{ Params: { '*': string } }>('/blobs/*', { schema: { hide: true } }, async ({ params }, reply) => {
    const blob = await blobs.open(params['*'])
    if (!blob)
      return reply.code(404).send({ error: { code: 'not_found_error', message: 'There is nothing here.' } })
    return reply
      .headers({
        'content-type': blob.mimeType,
        'content-length': blob.size,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
      })
      .send(blob.stream)
  })
}

import type { FastifyPluginAsync } from 'fastify'
import type { BlobStore, OpenBlob } from '../core/blobs.ts'
import type { Attachment } from '../core/types.ts'

/** Where a stored file is fetched from. */
export type BlobUrl = (key: string) => string

/** With its name, for whoever saves it. */
export const namedUrl = (blobUrl: BlobUrl, { blobKey, filename }: Attachment): string =>
  `${blobUrl(blobKey)}?filename=${encodeURIComponent(filename)}`

interface Fetch {
  Params: { '*': string }
  Querystring: { filename?: unknown }
}

/** Files under names that nobody can guess: whoever has the address may fetch it, and it never changes. */
export const blobRoutes: FastifyPluginAsync<{ blobs: BlobStore }> = async (app, { blobs }) => {
  app.get<Fetch>('/blobs/*', { schema: { hide: true } }, async ({ params, query }, reply) => {
    const blob = await blobs.open(params['*'])
    if (!blob)
      return reply.code(404).send({ error: { code: 'not_found_error', message: 'There is nothing here.' } })
    return reply
      .headers({
        'content-type': blob.mimeType,
        'content-length': blob.size,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-disposition': dispositionOf(blob, query.filename),
        'content-security-policy': "default-src 'none'; sandbox",
        'cross-origin-resource-policy': 'cross-origin',
      })
      .send(blob.stream)
  })
}

/** Images are shown; nothing else is opened within a page of ours. */
function dispositionOf({ mimeType }: OpenBlob, filename: unknown): string {
  if (mimeType.startsWith('image/')) return 'inline'
  if (typeof filename !== 'string') return 'attachment'
  return `attachment; filename*=UTF-8''${encodeName(filename)}`
}

/** As RFC 8187 has it, which allows less than a URL does. */
const encodeName = (name: string) =>
  encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )

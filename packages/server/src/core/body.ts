import type { Readable } from 'node:stream'
import { ChatError } from './errors.ts'

interface Bounds {
  /** In bytes. */
  least: number
  most: number
  /** What a refusal names. */
  field: string
}

/** The bytes of an upload, up to the first one too many; throws ChatError `too_large` there, `invalid` for too few. */
export async function* bounded(body: Readable, { least, most, field }: Bounds): AsyncGenerator<Buffer> {
  const size = least === most ? `${most}` : `${least} to ${most}`
  let taken = 0
  for await (const chunk of whole(body, field)) {
    taken += chunk.length
    if (taken > most) throw new ChatError('too_large', `must be ${size} bytes`, field)
    yield chunk
  }
  if (taken < least) throw new ChatError('invalid', `must be ${size} bytes`, field)
}

async function* whole(body: Readable, field: string): AsyncGenerator<Buffer> {
  try {
    // Of bytes, as requests are.
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  } catch {
    throw new ChatError('invalid', 'was cut short', field)
  } finally {
    // What is not taken is read all the same: whoever sends it is still to read the answer.
    body.resume()
  }
}

/** The next so many bytes, or all that there are: whole chunks, so that none is lost to whoever reads on. */
export async function readHead(bytes: AsyncIterator<Buffer, unknown>, least: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let taken = 0
  while (taken < least) {
    const next = await bytes.next()
    if (next.done === true) break
    chunks.push(next.value)
    taken += next.value.length
  }
  return Buffer.concat(chunks)
}

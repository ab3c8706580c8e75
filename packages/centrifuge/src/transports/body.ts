import type { IncomingMessage } from 'node:http'

/**
 * The body, or the status that says why there is none. What is too large is refused at once, and the rest of it read and
 * dropped, or the client, still writing, might never see the answer.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 400 | 413> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
      else resolve(413)
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    // Broken off: nobody is there to hear it.
    request.on('error', () => resolve(400))
  })
}

export function isBinary({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'application/octet-stream'
}

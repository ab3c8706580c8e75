import { once } from 'node:events'
import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import { onTestFinished } from 'vitest'

export const httpStream = '/connection/http_stream'
export const sse = '/connection/sse'
export const emulation = '/emulation'

export const connect = JSON.stringify({ id: 1, connect: { token: 'ann' } })
export const sseWithConnect = `${sse}?cf_connect=${encodeURIComponent(connect)}`

/** POST with a body, GET without; whatever is streamed is left when the test ends. */
export async function send(
  url: string,
  body?: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Response> {
  const left = new AbortController()
  onTestFinished(() => left.abort())
  const method = body === undefined ? 'GET' : 'POST'
  return fetch(url, { method, body: body as string | undefined, headers, signal: left.signal })
}

export async function until(stream: Response['body'], word: string): Promise<string> {
  let text = ''
  for await (const chunk of stream?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes(word)) break
  }
  return text
}

export async function status(
  url: string,
  options: RequestOptions,
  chunks: string[],
): Promise<number | undefined> {
  const posting = request(url, { method: 'POST', ...options })
  for (const chunk of chunks) posting.write(chunk)
  posting.end()
  const [response] = (await once(posting, 'response')) as [IncomingMessage]
  await once(response.resume(), 'end')
  return response.statusCode
}

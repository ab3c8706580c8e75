import { STATUS_CODES, type ServerResponse } from 'node:http'

/** With a line of text for who looks at it by hand. */
export function refuse(response: ServerResponse, status: number): void {
  const text = `${STATUS_CODES[status]}\n`
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length }
  response.writeHead(status, headers).end(text)
}

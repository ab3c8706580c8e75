import { request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { messageResponse, type Message } from '@parley/wire/marketplace'
import { credentials, vendorUrl, type Person } from '../support/person.ts'
import { within } from '../support/wait.ts'

/** A send that the server has certainly begun: it has the headers and has asked for the rest. */
export interface BegunSend {
  finish: () => Promise<{ status: number | undefined; message: Message }>
}

export async function beginSend(person: Person, conversationId: number, text: string): Promise<BegunSend> {
  const body = JSON.stringify({ text })
  const headers = {
    ...credentials(person.session),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    expect: '100-continue',
  }
  const url = vendorUrl(person.server, `/conversations/${conversationId}/messages`)
  const sending = request(url, { method: 'POST', headers, agent: false })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve).once('error', reject)
  })
  answered.catch(() => undefined)
  const wanted = new Promise((resolve) => sending.once('continue', resolve))
  sending.flushHeaders()
  await within(5000, () => 'the server to ask for the body', Promise.race([wanted, answered]))
  return {
    finish: async () => {
      sending.end(body)
      const response = await within(10_000, () => `the answer to ${text}`, answered)
      return { status: response.statusCode, message: messageResponse.parse(await json(response)).data }
    },
  }
}

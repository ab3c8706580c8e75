import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { send } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import type { Person } from '../support/person.ts'
import { within } from '../support/wait.ts'

const CONNECT = '{"id":1,"connect":{}}'

/** What no official client sends; the protocol's own tests are in packages/centrifuge. */
export function sockets(chat: Chat) {
  function open(person: Person, path = '/connection/websocket') {
    const headers = { cookie: `PARTIZAP_SESSION=${person.session.session}` }
    return new WebSocket(chat.server().url.replace('http', 'ws') + path, { headers })
  }

  async function closingAfter(person: Person, frames: (string | Buffer)[]) {
    const socket = open(person)
    await within(5000, () => 'the socket to open', once(socket, 'open'))
    const closed = once(socket, 'close')
    for (const frame of frames) socket.send(frame)
    const [code] = (await within(8000, () => 'the server to close the socket', closed)) as [number]
    return code
  }

  describe('a socket that does not speak the protocol', () => {
    const faults: [string, (string | Buffer)[]][] = [
      ['text that is no JSON', ['garbage']],
      ['an empty frame', ['']],
      ['JSON that is no command', ['[1,2,3]']],
      ['a command before connect', ['{"id":1,"history":{"channel":"x"}}']],
      ['a second connect', [CONNECT, '{"id":2,"connect":{}}']],
      ['an unknown command', [CONNECT, '{"id":2,"explode":{}}']],
      ['binary garbage', [Buffer.from('fffe00ff', 'hex')]],
    ]
    test.each(faults)('is closed for good: %s', async (_, frames) => {
      const code = await closingAfter(await chat.person(), frames)
      expect(code).toSatisfy((value) => (Number(value) >= 3500 && Number(value) < 4000) || value === 1003)
    })

    test('is closed when it sends a frame of several megabytes', async () => {
      expect(await closingAfter(await chat.person(), ['x'.repeat(5_000_000)])).toBeGreaterThanOrEqual(1000)
    })

    test('does not disturb the others, and another path is no socket at all', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      const listener = await chat.connect(buyer)
      await closingAfter(buyer, ['garbage'])
      const elsewhere = open(buyer, '/connection/elsewhere')
      await expect(within(5000, () => 'a refusal', once(elsewhere, 'open'))).rejects.toThrow(/40\d/)
      const message = await send(seller, conversation.id, 'Still there?')
      expect((await listener.next('message.new')).message).toEqual(message)
    })
  })
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { directClientEvents } from '@parley/wire/direct'
import { roomsClientEvents } from '@parley/wire/rooms-events'
import { join, write } from '../support/direct.ts'
import { pairOf, say, type Friends } from '../support/friends.ts'

/** Of both vocabularies. */
export function malformed(friends: Friends) {
  const clientEvents = { ...roomsClientEvents, ...directClientEvents }
  const wrong = fc.jsonValue({ maxDepth: 3 })
  const fields = [
    'chatId',
    'userId',
    'userName',
    'targetUserId',
    'roomId',
    'senderId',
    'body',
    'limit',
    'offset',
  ]
  const record = fc.dictionary(fc.constantFrom(...fields, 'clientMsgId', '__proto__', 'constructor'), wrong)
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', '\ud800', 'x'.repeat(300), '-1', '0'),
  )
  const payloads = fc.array(fc.oneof(wrong, record, text), { maxLength: 3 })

  describe.each(Object.entries(clientEvents))('%s', (event, schema) => {
    test('of any shape is answered; what is no payload is refused, and the connection lives on', async () => {
      const [anna, boris] = await friends.friends(2)
      const { _id } = await pairOf(anna, boris)
      const line = await friends.line(anna)
      const { id: socketId } = line.socket
      const { roomId } = await join(line, anna, boris)
      await fc.assert(
        fc.asyncProperty(payloads, async (args) => {
          const isRight = schema.safeParse(args[0]).success
          const answer = await line.emit(event, ...args)
          if (answer.success) {
            expect(isRight, 'only what is a payload is done').toBe(true)
            return
          }
          const error = await line.next('error')
          expect(error).toMatchObject({ event, message: answer.error })
          if (!isRight) expect(error.code).toBe('invalid')
        }),
        { numRuns: 25, seed: 3, endOnFailure: true },
      )
      await line.act('join-chat-room', _id)
      await say(boris, _id, 'Still there?')
      expect((await line.next('new-message')).message.content).toBe('Still there?')
      await write(line, anna, roomId, 'Yes')
      expect((await line.next('new_message', ({ body }) => body === 'Yes')).sender_id).toBe(anna.id)
      expect(line.socket.id).toBe(socketId)
    })
  })

  test('an event that nobody knows is refused, whatever it is called', async () => {
    const anna = await friends.friend()
    const line = await friends.line(anna)
    for (const event of ['nothing', 'constructor', '__proto__', 'toString', 'error', 'new-message', '']) {
      expect(await line.emit(event, {})).toMatchObject({ success: false })
      expect(await line.next('error')).toMatchObject({ event, code: 'not_found' })
    }
    await line.act('join-user-room', anna.id)
  })
}

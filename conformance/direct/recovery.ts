import { expect, test } from 'vitest'
import type { Message } from '@parley/wire/direct'
import { openFront } from '../crash/front.ts'
import type { Chat } from '../support/chat.ts'
import { join } from '../support/direct.ts'
import { historyOf, pairOf, type Friend, type Friends } from '../support/friends.ts'
import { insist } from '../support/insist.ts'
import { openLine, type Line } from '../support/line.ts'

const KILL_MS = 120_000

/** The document's client: it joins, shows the history it is given, and appends what comes. */
function startReader({ socket }: Line, me: Friend, other: Friend) {
  let shown: Message[] = []
  socket.on('message_history', ({ messages }: { messages: Message[] }) => (shown = [...messages]))
  socket.on('new_message', (message: Message) => shown.push(message))
  const joinChat = () => socket.emit('join_chat', { userId: me.id, targetUserId: other.id })
  socket.on('connect', joinChat)
  joinChat()
  return () => shown.map(({ body }) => body)
}

export function recovery(friends: Friends, chat: Chat) {
  /** Both write on several devices, and whatever is not acknowledged once more, with the same key. */
  async function scene(url: () => string) {
    const [anna, boris] = await friends.friends(2)
    const devices = await Promise.all(
      [anna, anna, boris].map(async (owner) => {
        const line = friends.keep(await openLine(url(), { auth: { token: owner.token } }))
        const other = owner === anna ? boris : anna
        return { owner, line, roomId: (await join(line, owner, other)).roomId }
      }),
    )
    const write = (round: string, each: number) =>
      Promise.all(
        devices.map(async ({ owner, line, roomId }, device) => {
          for (let n = 0; n < each; n++) {
            const body = `${device} ${round} ${n}`
            const input = { roomId, senderId: owner.id, body, clientMsgId: body }
            await insist('a send', async () => {
              const answer: unknown = await line.socket.timeout(2000).emitWithAck('send_message', input)
              expect(answer).toMatchObject({ success: true })
            })
          }
        }),
      )
    const history = async () =>
      (await historyOf(anna, (await pairOf(anna, boris))._id)).map(({ content }) => content)
    return { anna, boris, write, history }
  }

  test('whose line is cut joins again and shows every message once, in order, while both write', async () => {
    const { anna, boris, write, history } = await scene(() => chat.server().url)
    const line = await friends.line(boris)
    const shown = startReader(line, boris, anna)
    const writing = write('cut', 8)
    for (const count of [3, 9]) {
      await line.saw(`${count} messages`, () => shown().length >= count)
      await line.cut()
      await write(`away ${count}`, 1)
      await line.restore()
    }
    await writing
    const expected = await history()
    expect(new Set(expected).size).toBe(30)
    await line.saw('everything', () => shown().length >= expected.length)
    await friends.settled(boris, line)
    expect(shown()).toEqual(expected)
  })

  test(
    'whose server is killed comes back to the next one and shows every message once',
    { timeout: KILL_MS },
    async () => {
      const front = await openFront(chat.server())
      try {
        const { anna, boris, write, history } = await scene(() => front.server().url)
        const line = friends.keep(await openLine(front.server().url, { auth: { token: boris.token } }))
        const shown = startReader(line, boris, anna)
        const writing = write('killed', 12)
        await line.saw('some messages', () => shown().length >= 5)
        front.pointAt(await chat.revive())
        await writing
        const expected = await history()
        expect(new Set(expected).size).toBe(36)
        expect(expected).toHaveLength(36)
        await line.saw('everything', () => shown().length >= expected.length)
        await friends.settled(boris, line)
        expect(shown()).toEqual(expected)
      } finally {
        await front.close()
      }
    },
  )
}

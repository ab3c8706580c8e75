import { expect, test } from 'vitest'
import type { Message } from '@parley/wire/rooms'
import { openFront } from '../crash/front.ts'
import type { Chat } from '../support/chat.ts'
import { historyOf, messagesOf, room, say, type Friend, type Friends } from '../support/friends.ts'
import { insist } from '../support/insist.ts'
import { openLine, type Line } from '../support/line.ts'

const KILL_MS = 120_000

/** Who joins, lists what there is, and goes by the events from then on; again after each loss of the line. */
function startReader(line: Line, me: Friend, id: string) {
  const known = new Map<string, Message>()
  /** What was heard on each connection. */
  const heard: string[][] = [[]]
  let listing = Promise.resolve()
  const list = async () => {
    await insist('the room to be joined', () => line.act('join-chat-room', id))
    for (const message of await insist('the list', () => messagesOf(me, id))) known.set(message._id, message)
  }
  const refresh = () => {
    listing = listing.then(list)
  }
  line.socket.on('new-message', ({ message }: { message: Message }) => {
    known.set(message._id, message)
    heard.at(-1)?.push(message._id)
  })
  line.socket.on('connect', () => {
    heard.push([])
    refresh()
  })
  refresh()
  return {
    listed: () => listing,
    has: (messages: Message[]) => messages.every(({ _id }) => known.has(_id)),
    check(history: Message[]) {
      const inOrder = [...known.values()].sort((a, b) => Number(a._id) - Number(b._id))
      expect(inOrder.map(({ _id }) => _id)).toEqual(history.map(({ _id }) => _id))
      for (const ids of heard) expect(ids).toEqual([...new Set(ids)].sort((a, b) => Number(a) - Number(b)))
      return heard.length
    },
  }
}

export function recovery(friends: Friends, chat: Chat) {
  async function crowd() {
    const [anna, boris, clara, reader] = await friends.friends(4)
    const people = [anna, boris, clara]
    const { _id: id } = await room(reader, people)
    /** Everybody writes, one message after the other, whatever happens to the server. */
    const write = (round: string, each: number) =>
      Promise.all(
        people.map(async (person) => {
          const sent: Message[] = []
          for (let n = 0; n < each; n++) {
            const key = { 'idempotency-key': `${round} ${n}` }
            sent.push(await insist('a send', () => say(person, id, `${person.id} ${round} ${n}`, key)))
          }
          return sent
        }),
      ).then((lists) => lists.flat())
    return { reader, id, write }
  }

  test('whose line is cut joins again and has every message once, in order, while a crowd writes', async () => {
    const { reader, id, write } = await crowd()
    const line = await friends.line(reader)
    const client = startReader(line, reader, id)
    await client.listed()
    const writing = write('cut', 12)
    const hears = (count: number) =>
      line.saw(`${count} messages`, () => line.all('new-message').length >= count)
    for (const count of [3, 8]) {
      await hears(count)
      await line.cut()
      await write(`away ${count}`, 1)
      await line.restore()
      await client.listed()
    }
    await writing
    const sent = [...(await write('last', 1)), ...(await writing)]
    await line.saw('everything', () => client.has(sent))
    expect(client.check(await historyOf(reader, id))).toBe(3)
  })

  test(
    'whose server is killed comes back to the next one and has every message once',
    { timeout: KILL_MS },
    async () => {
      const { reader, id, write } = await crowd()
      const front = await openFront(chat.server())
      try {
        const line = friends.keep(await openLine(front.server().url, { auth: { token: reader.token } }))
        const client = startReader(line, reader, id)
        await client.listed()
        const writing = write('killed', 10)
        await line.saw('some messages', () => line.all('new-message').length >= 5)
        const back = new Promise<void>((resolve) => line.socket.once('connect', resolve))
        front.pointAt(await chat.revive())
        await Promise.all([back, writing])
        await client.listed()
        const sent = [...(await write('after', 1)), ...(await writing)]
        await line.saw('everything', () => client.has(sent))
        const history = await historyOf(reader, id)
        expect(client.check(history)).toBeGreaterThan(1)
        expect(new Set(history.map(({ content }) => content)).size).toBe(history.length)
        expect(history).toHaveLength(sent.length)
        line.close()
      } finally {
        await front.close()
      }
    },
  )
}

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listPinned, pinMessage, unpinMessage } from '../../src/core/pins.ts'
import type { Actor, Chat, ConversationId, Message } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { archive, eventsOf, join, newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('pins', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let member: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    ;[owner, member] = [await newColleague(chat), await newColleague(chat)]
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    id = await newPlace(chat, owner, { members: [member] })
  })

  const pinned = (actor = member, limit = 200) => listPinned(chat, actor, id, { before: null, limit })
  const idsOf = (messages: Message[]) => messages.map((message) => message.id)

  async function sayMany(count: number): Promise<Message[]> {
    const messages: Message[] = []
    for (let n = 0; n < count; n++) messages.push(await say(chat, owner, id, String(n)))
    return messages
  }

  it('are set and taken away once, and told', async () => {
    const { id: messageId } = await say(chat, owner, id, 'x')
    await Promise.all(Array.from({ length: 8 }, () => pinMessage(chat, member, messageId)))
    const [message] = await pinned()
    expect(message).toMatchObject({ id: messageId, text: 'x' })
    await unpinMessage(chat, owner, messageId)
    await unpinMessage(chat, owner, messageId)
    expect(await pinned()).toEqual([])
    expect((await eventsOf(test, id)).slice(1)).toMatchObject([
      { type: 'message.pinned', messageId, userId: member.userId, pinnedAt: message?.pinnedAt, changeSeq: 2 },
      { type: 'message.unpinned', messageId, userId: owner.userId, changeSeq: 3 },
    ])
  })

  it('are listed from the last set to the first, page by page', async () => {
    const messages = await sayMany(7)
    for (const message of messages) await pinMessage(chat, member, message.id)
    const expected = idsOf(messages).toReversed()
    expect(idsOf(await pinned())).toEqual(expected)
    const seen: Message[] = []
    for (;;) {
      const last = seen.at(-1)
      const before = last?.pinnedAt ? { pinnedAt: last.pinnedAt, id: last.id } : null
      const page = await listPinned(chat, member, id, { before, limit: 3 })
      seen.push(...page)
      if (page.length < 3) break
    }
    expect(idsOf(seen)).toEqual(expected)
  })

  it('are set by admins only in a channel', async () => {
    const channel = await newPlace(chat, owner, { kind: 'channel', members: [member] })
    const { id: messageId } = await say(chat, member, channel, 'x')
    await expect(pinMessage(chat, member, messageId)).rejects.toMatchObject({ code: 'forbidden' })
    await pinMessage(chat, owner, messageId)
    await expect(unpinMessage(chat, member, messageId)).rejects.toMatchObject({ code: 'forbidden' })
    await unpinMessage(chat, owner, messageId)
  })

  it('are a hundred at most', async () => {
    const messages = await sayMany(101)
    const results = await Promise.allSettled(messages.map((message) => pinMessage(chat, member, message.id)))
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    )
    expect(refused).toMatchObject([{ code: 'conflict' }])
    const [one] = await pinned()
    await pinMessage(chat, member, one?.id ?? 0)
    expect(await pinned()).toHaveLength(100)
  })

  it('go with their message, and change nothing in an archived conversation', async () => {
    const [first, second] = await sayMany(2)
    await pinMessage(chat, member, first?.id ?? 0)
    await pinMessage(chat, member, second?.id ?? 0)
    await deleteMessage(chat, owner, first?.id ?? 0)
    expect(idsOf(await pinned())).toEqual([second?.id])
    await expect(pinMessage(chat, member, first?.id ?? 0)).rejects.toMatchObject({ code: 'not_found' })
    await archive(chat, id)
    await expect(unpinMessage(chat, member, second?.id ?? 0)).rejects.toMatchObject({ code: 'conflict' })
    expect(await pinned()).toHaveLength(1)
  })

  it('are shown to newcomers only where their message is', async () => {
    id = await newPlace(chat, owner, { historyMode: 'since_join' })
    const before = await say(chat, owner, id, 'before')
    await join(chat, id, member)
    const after = await say(chat, owner, id, 'after')
    for (const message of [after, before]) await pinMessage(chat, owner, message.id)
    expect(idsOf(await pinned(owner))).toEqual([before.id, after.id])
    expect(idsOf(await pinned(member))).toEqual([after.id])
    await expect(unpinMessage(chat, member, before.id)).rejects.toMatchObject({ code: 'not_found' })
  })
})

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import type { SendInput } from '../../src/core/drafts.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { DatabaseUnavailable } from '../../src/db/errors.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { archive, eventsOf, join, leave, newColleague, newPlace, say } from './workspace-scene.ts'

eachStore('sending', (database) => {
  let test: TestChat
  let chat: Chat
  let owner: Actor
  let member: Actor
  let colleague: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    ;[owner, member, colleague] = [
      await newColleague(chat),
      await newColleague(chat),
      await newColleague(chat),
    ]
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    id = await newPlace(chat, owner, { members: [member] })
  })

  const send = (actor: Actor, input: Partial<SendInput> = {}) =>
    sendMessage(chat, actor, { conversationId: id, type: 'text', text: 'x', ...input })
  const invalid = (field: string) => ({ code: 'invalid', field })

  it('has its events looked for where it fails and may be committed all the same, as any change has', async () => {
    let looks = 0
    const lossy: Chat = {
      ...chat,
      committed: () => looks++,
      db: {
        ...chat.db,
        async transaction(work) {
          await chat.db.transaction(work)
          throw new DatabaseUnavailable('the answer was lost')
        },
      },
    }
    const input = { conversationId: id, type: 'text', text: 'x' } as const
    await expect(sendMessage(lossy, owner, input)).rejects.toThrow('the answer was lost')
    expect(looks).toBe(1)
    const [message] = (await listMessages(chat, owner, id, { limit: 1 })).messages
    await expect(deleteMessage(lossy, owner, message?.id ?? 0)).rejects.toThrow('the answer was lost')
    expect(looks).toBe(2)
    await expect(deleteMessage(lossy, owner, 0)).rejects.toMatchObject({ code: 'not_found' })
    expect(looks).toBe(2)
  })

  it('answers a message that the sender sees', async () => {
    const first = await say(chat, owner, id, 'first')
    const { message } = await send(member, { replyToId: first.id })
    expect(message).toMatchObject({ replyToId: first.id })
    const { messages } = await listMessages(chat, owner, id, { limit: 1 })
    expect(messages).toEqual([message])
  })

  it('answers no message of elsewhere, of the time before, deleted or never written', async () => {
    const elsewhere = await say(chat, owner, await newPlace(chat, owner, { members: [member] }), 'x')
    const deleted = await say(chat, owner, id, 'x')
    await deleteMessage(chat, owner, deleted.id)
    for (const replyToId of [elsewhere.id, deleted.id, 0, 2 ** 52]) {
      await expect(send(member, { replyToId })).rejects.toMatchObject(invalid('replyToId'))
    }
    id = await newPlace(chat, owner, { historyMode: 'since_join' })
    const before = await say(chat, owner, id, 'before')
    await join(chat, id, member)
    await expect(send(member, { replyToId: before.id })).rejects.toMatchObject(invalid('replyToId'))
    await send(owner, { replyToId: before.id })
  })

  it('names members, each once', async () => {
    const mentions = [member.userId, owner.userId, member.userId]
    const { message } = await send(owner, { mentions })
    expect(message.mentions).toEqual([member.userId, owner.userId])
    const stored = (await listMessages(chat, member, id, { limit: 1 })).messages
    expect(stored).toEqual([message])
  })

  it('names nobody else, and no more than a hundred', async () => {
    await join(chat, id, colleague)
    await leave(chat, id, colleague)
    for (const mentions of [[colleague.userId], ['nobody'], [member.userId, 'nobody']]) {
      await expect(send(owner, { mentions })).rejects.toMatchObject(invalid('mentions'))
    }
    const many = Array.from({ length: 101 }, (_, n) => `user-${n}`)
    await expect(send(owner, { mentions: many })).rejects.toMatchObject(invalid('mentions'))
    await send(owner, { mentions: Array.from({ length: 101 }, () => member.userId) })
  })

  it('is over in an archived conversation, save for a repeat of what was sent before', async () => {
    const { message } = await send(member, { clientKey: 'key' })
    await archive(chat, id)
    await expect(send(owner)).rejects.toMatchObject({ code: 'conflict' })
    expect(await send(member, { clientKey: 'key' })).toMatchObject({ created: false, message })
  })

  it('needs no row of the sender in a channel of the organisation, and writes no more than that one', async () => {
    id = await newPlace(chat, owner, { kind: 'channel', visibility: 'org' })
    await say(chat, owner, id, 'first')
    const { message } = await send(colleague, { mentions: [member.userId] })
    const rows = await chat.db.query<{ userId: string; unread: number }>(
      `select user_id as "userId", c.message_seq - read_seq - own_since_read as unread
       from members m join conversations c on c.id = m.conversation_id where c.id = $1 order by joined_seq`,
      [id],
    )
    expect(rows).toEqual([
      { userId: owner.userId, unread: 1 },
      { userId: colleague.userId, unread: 0 },
    ])
    await test.settled()
    const told = test.delivered.filter(
      ({ event }) => 'conversationId' in event && event.conversationId === id,
    )
    expect(told).toHaveLength(2)
    expect(told[1]).toMatchObject({ event: { type: 'message.created', message }, audience: { org: 'acme' } })
  })

  it('is for the organisation alone in its channel, the named included', async () => {
    id = await newPlace(chat, owner, { kind: 'channel', visibility: 'org' })
    const foreigner = await newColleague(chat, 'rival')
    await expect(send(foreigner)).rejects.toMatchObject({ code: 'not_found' })
    await expect(send({ ...foreigner, reach: {} })).rejects.toMatchObject({ code: 'forbidden' })
    const erased = await newColleague(chat)
    await eraseUser(chat, erased.userId, 'keep')
    for (const { userId } of [foreigner, erased]) {
      await expect(send(owner, { mentions: [userId] })).rejects.toMatchObject(invalid('mentions'))
    }
  })

  it('brings a channel of the organisation back to whoever had left it', async () => {
    id = await newPlace(chat, owner, { kind: 'channel', visibility: 'org', members: [member] })
    await say(chat, owner, id, 'first')
    await chat.db.query(
      `update members set left_at = now(), muted_until = 'infinity' where conversation_id = $1 and user_id = $2`,
      [id, member.userId],
    )
    await say(chat, owner, id, 'second')
    await send(member)
    const [row] = await chat.db.query(
      `select left_at as "leftAt", muted_until as "mutedUntil",
              c.message_seq - read_seq - own_since_read as unread
       from members m join conversations c on c.id = m.conversation_id where c.id = $1 and user_id = $2`,
      [id, member.userId],
    )
    expect(row).toEqual({ leftAt: null, mutedUntil: null, unread: 0 })
    const told = (await eventsOf(test, id)).filter((event) => 'userId' in event)
    expect(told.map(({ type }) => type)).toEqual([
      'conversation.restored',
      'preferences.changed',
      'unread.changed',
    ])
    expect(told.at(-1)).toMatchObject({ userId: member.userId, counts: { unread: 0 } })
  })
})

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createConversation } from '../../src/core/creation.ts'
import { editMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { addReaction, reactionsOf } from '../../src/core/reactions.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import type { MessageFate } from '../../src/core/users.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { eventsOf, newColleague, say } from './workspace-scene.ts'

eachStore('an erased member of a group', (database) => {
  let test: TestChat
  let chat: Chat
  let gone: Actor
  let anna: Actor
  let id: ConversationId
  let theirs: MessageId
  let hers: MessageId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newColleague(chat)
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    gone = await newColleague(chat)
    const input = { type: 'group', visibility: 'private', historyMode: 'all' } as const
    const { overview } = await createConversation(chat, anna, { ...input, memberIds: [gone.userId] })
    id = overview.conversation.id
    theirs = (await say(chat, gone, id, 'secret')).id
    await editMessage(chat, gone, theirs, 'secret again')
    const named = { conversationId: id, type: 'text' as const, text: 'x', mentions: [gone.userId] }
    hers = (await sendMessage(chat, anna, named)).message.id
    for (const actor of [gone, anna]) await addReaction(chat, actor, hers, '👍')
    await addReaction(chat, gone, hers, '🎉')
    await test.settled()
  })

  const reactions = async () => (await reactionsOf(chat.db, anna, [hers])).get(hers) ?? []
  const logHolds = async (text: string) =>
    (
      await chat.db.query(
        `select from events where conversation_id = $1 and payload::text like '%' || $2 || '%'
           and type in ('message.created', 'message.updated', 'reaction.added')`,
        [id, text],
      )
    ).length > 0

  it.each<MessageFate>(['unlink', 'delete'])(
    'takes reactions along with %s, and all hear of it',
    async (fate) => {
      await eraseUser(chat, gone.userId, fate)
      expect(await reactions()).toMatchObject([{ emoji: '👍', count: 1, userIds: [anna.userId] }])
      const told = (await eventsOf(test, id)).filter(({ type }) => type === 'reaction.removed')
      expect(told).toMatchObject([
        { messageId: hers, emoji: '🎉', userId: gone.userId, count: 0 },
        { messageId: hers, emoji: '👍', userId: gone.userId, count: 1 },
      ])
      const { messages } = await listMessages(chat, anna, id, { limit: 10 })
      expect(messages.at(-1)).toMatchObject({ id: hers, mentions: [gone.userId] })
    },
  )

  it('stays in reactions with keep', async () => {
    await eraseUser(chat, gone.userId, 'keep')
    expect((await reactions()).map(({ count }) => count).toSorted()).toEqual([1, 2])
  })

  it('is not named by an edit in the log with unlink', async () => {
    const marker = `"senderId": "${gone.userId}"`
    expect(await logHolds(marker)).toBe(true)
    await eraseUser(chat, gone.userId, 'unlink')
    expect(await logHolds(marker)).toBe(false)
    expect(await logHolds('secret again')).toBe(true)
  })

  it('leaves neither an edit in the log nor a link to be looked at with delete', async () => {
    await chat.db.query(
      'insert into link_preview_jobs (message_id) values ($1), ($2) on conflict do nothing',
      [theirs, hers],
    )
    await eraseUser(chat, gone.userId, 'delete')
    expect(await logHolds('secret')).toBe(false)
    const jobs = 'select message_id as id from link_preview_jobs where message_id = any($1)'
    expect(await chat.db.query(jobs, [[theirs, hers]])).toEqual([{ id: hers }])
  })

  it('numbers what it tells after what came before, without a gap', async () => {
    const last = (await eventsOf(test, id)).length
    const before = (await changeSeq()) ?? 0
    await eraseUser(chat, gone.userId, 'delete')
    const told = (await eventsOf(test, id)).slice(last)
    const seqs = told.flatMap((event) =>
      'changeSeq' in event && event.changeSeq !== null ? [event.changeSeq] : [],
    )
    expect(told.map(({ type }) => type).filter((type) => type !== 'unread.changed')).toEqual([
      'member.removed',
      'reaction.removed',
      'reaction.removed',
      'message.deleted',
    ])
    expect(seqs).toEqual(seqs.map((_, n) => before + 1 + n))
    expect(await changeSeq()).toBe(before + 4)
  })

  async function changeSeq(): Promise<number | undefined> {
    const [row] = await chat.db.query<{ seq: number }>(
      'select change_seq as seq from conversations where id = $1',
      [id],
    )
    return row?.seq
  }
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/core/errors.ts'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { listPinned, pinMessage, unpinMessage } from '../../src/core/pins.ts'
import { addReaction, removeReaction } from '../../src/core/reactions.ts'
import { searchMessages } from '../../src/core/search.ts'
import type { Actor, Chat, ConversationId, MessageId } from '../../src/core/types.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { join, leave, newColleague, newPlace, say } from './workspace-scene.ts'

const PEOPLE = ['foreigner', 'outsider', 'former', 'newcomer', 'member', 'author', 'owner'] as const
type Person = (typeof PEOPLE)[number]
type Outcome = ErrorCode | 'ok'

interface Place {
  id: ConversationId
  messageId: MessageId
}
type Operation = (chat: Chat, actor: Actor, place: Place) => Promise<unknown>

const READ: Outcome[] = ['not_found', 'forbidden', 'forbidden', 'ok', 'ok', 'ok', 'ok']
const CHANGE: Outcome[] = ['not_found', 'forbidden', 'forbidden', 'not_found', 'ok', 'ok', 'ok']
const EDIT: Outcome[] = ['not_found', 'forbidden', 'forbidden', 'not_found', 'forbidden', 'ok', 'forbidden']
const DELETE: Outcome[] = ['not_found', 'forbidden', 'forbidden', 'not_found', 'forbidden', 'ok', 'ok']
const PLACE: Outcome[] = ['not_found', 'forbidden', 'forbidden', 'invalid', 'ok', 'ok', 'ok']

/** What each operation says to each of PEOPLE, in that order. */
const MATRIX: [string, Operation, Outcome[]][] = [
  ['send', (chat, actor, { id }) => say(chat, actor, id, 'x'), READ],
  [
    'reply',
    (chat, actor, { id, messageId }) =>
      sendMessage(chat, actor, { conversationId: id, type: 'text', text: 'x', replyToId: messageId }),
    PLACE,
  ],
  ['list', (chat, actor, { id }) => listMessages(chat, actor, id, { limit: 1 }), READ],
  [
    'jump',
    (chat, actor, { id, messageId }) => listMessages(chat, actor, id, { around: messageId, limit: 1 }),
    PLACE,
  ],
  [
    'search',
    (chat, actor, { id }) =>
      searchMessages(chat, actor, { text: 'xx', conversationId: id, before: null, limit: 1 }),
    READ,
  ],
  ['list pins', (chat, actor, { id }) => listPinned(chat, actor, id, { before: null, limit: 1 }), READ],
  ['react', (chat, actor, { messageId }) => addReaction(chat, actor, messageId, '👍'), CHANGE],
  [
    'take a reaction back',
    (chat, actor, { messageId }) => removeReaction(chat, actor, messageId, '👍'),
    CHANGE,
  ],
  ['pin', (chat, actor, { messageId }) => pinMessage(chat, actor, messageId), CHANGE],
  ['unpin', (chat, actor, { messageId }) => unpinMessage(chat, actor, messageId), CHANGE],
  ['edit', (chat, actor, { messageId }) => editMessage(chat, actor, messageId, 'other'), EDIT],
  ['delete', (chat, actor, { messageId }) => deleteMessage(chat, actor, messageId), DELETE],
]

eachStore('who may do what with messages', (database) => {
  let test: TestChat
  let chat: Chat
  let people: Record<Person, Actor>

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    people = {
      foreigner: await newColleague(chat, 'rival'),
      outsider: await newColleague(chat),
      former: await newColleague(chat),
      newcomer: await newColleague(chat),
      member: await newColleague(chat),
      author: await newColleague(chat),
      owner: await newColleague(chat),
    }
  })
  afterAll(() => test.close())

  async function newScene(): Promise<Place> {
    const { owner, author, member, former, newcomer } = people
    const id = await newPlace(chat, owner, { historyMode: 'since_join', members: [author, member, former] })
    const { id: messageId } = await say(chat, author, id, 'words')
    await leave(chat, id, former)
    await join(chat, id, newcomer)
    return { id, messageId }
  }

  describe.each(MATRIX)('%s', (_name, operation, outcomes) => {
    it.each(PEOPLE.map((person, n) => [person, outcomes[n]] as const))('%s: %s', async (person, outcome) => {
      const doing = operation(chat, people[person], await newScene())
      if (outcome === 'ok') await doing
      else await expect(doing).rejects.toMatchObject({ code: outcome })
    })
  })

  it('says of a message that never was what it says of one out of reach', async () => {
    const { messageId } = await newScene()
    const refusals = await Promise.allSettled([
      editMessage(chat, people.foreigner, messageId, 'x'),
      editMessage(chat, people.foreigner, 2 ** 52, 'x'),
    ])
    const [first, second] = refusals.map((refusal) => 'reason' in refusal && String(refusal.reason))
    expect(first).toBe(second)
  })

  it('lets newcomers list nothing of the time before', async () => {
    const { id } = await newScene()
    const { messages, hasBefore } = await listMessages(chat, people.newcomer, id, { limit: 5 })
    expect({ messages, hasBefore }).toEqual({ messages: [], hasBefore: false })
  })
})

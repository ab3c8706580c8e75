import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  joinDialog,
  leaveDialog,
  setArchived,
  setNotifications,
  setPinned,
} from '../../src/core/dialog-members.ts'
import { getDialog, listDialogs } from '../../src/core/dialogs.ts'
import { leaveConversation } from '../../src/core/members.ts'
import { listMessages } from '../../src/core/messages.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { asDialogUser, newDialogId, newUser, profile, scopes } from './dialogs-scene.ts'
import { newPerson } from './rooms-scene.ts'
import { newColleague, say } from './workspace-scene.ts'

const ACME = scopes(['acme'])

eachStore('a participant of a dialog', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor
  let id: ConversationId

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
  })
  afterAll(() => test.close())
  beforeEach(async () => {
    anna = await newUser(chat)
    boris = await newUser(chat)
    id = await newDialogId(chat, { of: [boris], scopes: [ACME] })
  })

  const join = (actor: Actor) => joinDialog(chat, actor, id, profile('Анна', 'ООО'), ACME)

  const see = (actor: Actor) => getDialog(chat, actor, id, null)

  /** What was said of the dialog, to whom; new counts come last. */
  async function told() {
    await test.settled()
    const events = test.delivered.flatMap(({ event, audience }) =>
      'position' in event && event.conversationId === id
        ? [{ ...event, audience: Array.isArray(audience) ? audience.toSorted() : [] }]
        : [],
    )
    const isCount = ({ type }: { type: string }) => type === 'unread.changed'
    return [...events.filter((event) => !isCount(event)), ...events.filter(isCount)]
  }

  /** The same of what happens only now. */
  async function toldOf(act: () => Promise<unknown>) {
    const before = new Set((await told()).map(({ position }) => position))
    await act()
    return (await told()).filter(({ position }) => !before.has(position))
  }

  it('has joined where everything written before is unread, and all in it hear of that', async () => {
    await say(chat, boris, id, 'one')
    await say(chat, boris, id, 'two')
    const events = await toldOf(() => join(anna))
    expect((await see(anna)).own).toMatchObject({ unread: 2 })
    expect((await see(boris)).participants.at(-1)).toMatchObject({
      userId: anna.userId,
      joinedAs: 'joined',
      displayName: 'Анна',
      company: 'ООО',
      email: 'Анна@example.com',
      lastReadMessageId: null,
    })
    const audience = [anna.userId, boris.userId].toSorted()
    expect(events).toMatchObject([
      { type: 'member.added', userIds: [anna.userId], audience },
      {
        type: 'message.created',
        message: {
          type: 'system',
          senderId: null,
          text: 'Анна joined.',
          metadata: { dialog: { event: 'participant_joined', name: 'Анна', company: 'ООО' } },
        },
        audience,
      },
      { type: 'unread.changed', counts: { unread: 2 }, audience: [anna.userId] },
    ])
  })

  it('joins once, at once or not, and only a dialog that is open to them', async () => {
    const results = await Promise.allSettled([join(anna), join(anna)])
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(join(anna)).rejects.toMatchObject({ code: 'conflict' })
    const stranger = await newUser(chat)
    for (const allowed of [scopes([]), scopes(['other'])]) {
      const joining = joinDialog(chat, stranger, id, profile('X'), allowed)
      await expect(joining).rejects.toMatchObject({ code: 'forbidden' })
    }
    const joining = joinDialog(chat, stranger, 1e9, profile('X'), ACME)
    await expect(joining).rejects.toMatchObject({ code: 'not_found' })
    expect((await see(boris)).participantsCount).toBe(2)
  })

  it('joins across organisations, and then the dialog is of none', async () => {
    const colleagues = [await newColleague(chat), await newColleague(chat), await newColleague(chat)] as const
    const stranger = await newColleague(chat, 'other')
    id = await newDialogId(chat, { of: [colleagues[0], colleagues[1]], scopes: [ACME] })
    const orgOf = async () =>
      (await getDialog(chat, asDialogUser(colleagues[0].userId), id, null)).conversation.orgId
    expect(await orgOf()).toBe('acme')
    await join(asDialogUser(colleagues[2].userId))
    expect(await orgOf()).toBe('acme')
    await join(asDialogUser(stranger.userId))
    expect(await orgOf()).toBeNull()
  })

  it('does not join a conversation of two about a product, which has no scopes', async () => {
    const product = await newConversation(chat, await newActor(chat), await newActor(chat))
    const joining = joinDialog(chat, anna, product, profile('X'), scopes([]))
    await expect(joining).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('leaves, which those who stay hear, and comes back to find everything of the others unread', async () => {
    await join(anna)
    await say(chat, anna, id, 'mine')
    await say(chat, boris, id, 'yours')
    const events = await toldOf(() => leaveDialog(chat, anna, id))
    await expect(see(anna)).rejects.toMatchObject({ code: 'forbidden' })
    expect(events).toMatchObject([
      { type: 'member.removed', userId: anna.userId, audience: [anna.userId, boris.userId].toSorted() },
      {
        type: 'message.created',
        message: {
          text: 'Анна left.',
          metadata: { dialog: { event: 'participant_left', name: 'Анна' } },
        },
        audience: [boris.userId],
      },
      { type: 'unread.changed', counts: { unread: 0 }, audience: [anna.userId] },
    ])
    await join(anna)
    expect((await see(anna)).own).toMatchObject({ unread: 1 })
  })

  it('leaves from anywhere, and it is said in the dialog', async () => {
    const buyer = await newPerson(chat)
    id = await newDialogId(chat, {
      of: [boris, buyer],
      subject: { type: 'purchase_request', id: buyer.userId },
    })
    await leaveConversation(chat, buyer, id)
    const { messages } = await listMessages(chat, boris, id, { limit: 1 })
    expect(messages).toMatchObject([{ type: 'system', text: `${buyer.userId} here left.` }])
  })

  it('leaves a conversation of two only until the other writes in it', async () => {
    const [buyer, seller] = [await newActor(chat), await newActor(chat)]
    const product = await newConversation(chat, buyer, seller)
    const buyerHere = asDialogUser(buyer.userId)
    const list = () =>
      listDialogs(chat, buyerHere, { type: 'participating', scopes: null, limit: 1, offset: 0 })
    expect(await list()).toHaveLength(1)
    await leaveDialog(chat, buyerHere, product)
    expect(await list()).toHaveLength(0)
    await say(chat, seller, product, 'x')
    expect(await list()).toMatchObject([{ participantsCount: 2, own: { unread: 1 } }])
  })

  it('puts it away and has it back, and nobody else hears of it; again is nothing new', async () => {
    const events = await toldOf(async () => {
      for (const isArchived of [true, true, false, false]) {
        await setArchived(chat, boris, id, isArchived)
        expect((await see(boris)).own).toMatchObject({ isArchived })
      }
    })
    const audience = [boris.userId]
    expect(events).toMatchObject([
      { type: 'archive.changed', userIds: audience, isArchived: true, audience },
      { type: 'archive.changed', userIds: audience, isArchived: false, audience },
    ])
  })

  it('has it back when somebody writes, but not when somebody joins', async () => {
    await setArchived(chat, boris, id, true)
    await join(anna)
    expect((await see(boris)).own).toMatchObject({ isArchived: true, unread: 0 })
    await say(chat, anna, id, 'x')
    expect((await see(boris)).own).toMatchObject({ isArchived: false, unread: 1 })
  })

  it('pins it and turns notifications off, and back', async () => {
    for (const on of [true, false]) {
      await setPinned(chat, boris, id, on)
      await setNotifications(chat, boris, id, on)
      expect((await see(boris)).own).toMatchObject({ isPinned: on, notificationsEnabled: on })
    }
  })

  it('is who may do any of this, not whoever the dialog is merely open to, nor who has left', async () => {
    const outsider = await newUser(chat)
    const former = await newUser(chat)
    await join(former)
    await leaveDialog(chat, former, id)
    const acts = [
      (actor: Actor) => leaveDialog(chat, actor, id),
      (actor: Actor) => setArchived(chat, actor, id, true),
      (actor: Actor) => setPinned(chat, actor, id, true),
      (actor: Actor) => setNotifications(chat, actor, id, false),
      (actor: Actor) => listMessages(chat, actor, id, { limit: 1 }),
      (actor: Actor) => say(chat, actor, id, 'x'),
    ]
    for (const act of acts) {
      await expect(act(outsider)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(act(former)).rejects.toMatchObject({ code: 'forbidden' })
      await expect(act({ ...boris, reach: { subjectTypes: [] } })).rejects.toMatchObject({
        code: 'not_found',
      })
    }
  })
})

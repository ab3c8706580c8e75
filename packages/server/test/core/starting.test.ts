import { afterAll, beforeAll, expect, it } from 'vitest'
import { hideConversation, listConversations } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { openDirect } from '../../src/core/direct.ts'
import { createGroup } from '../../src/core/groups.ts'
import { addMembers, leaveConversation } from '../../src/core/members.ts'
import { listMessages } from '../../src/core/messages.ts'
import { openPurchaseRequest } from '../../src/core/purchase-requests.ts'
import { openSupport } from '../../src/core/support.ts'
import type { Actor, Chat } from '../../src/core/types.ts'
import { eraseUser } from '../../src/core/users.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { newPerson, newPurchaseRequest } from './rooms-scene.ts'
import { eventsOf } from './workspace-scene.ts'

eachStore('starting a conversation', (database) => {
  let test: TestChat
  let chat: Chat
  let anna: Actor
  let boris: Actor

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = test.chat
    anna = await newPerson(chat)
    boris = await newPerson(chat)
  })
  afterAll(() => test.close())

  it('of two finds the one there is, whoever asks and however many at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 32 }, (_, n) =>
        n % 2 ? openDirect(chat, anna, boris.userId) : openDirect(chat, boris, anna.userId),
      ),
    )
    expect(new Set(opened.map(({ overview }) => overview.conversation.id)).size).toBe(1)
    expect(opened.filter(({ created }) => created)).toHaveLength(1)
  })

  it('of two brings it back to who has hidden it', async () => {
    const { overview } = await openDirect(chat, anna, boris.userId)
    await hideConversation(chat, anna, overview.conversation.id)
    await openDirect(chat, anna, boris.userId)
    const listed = await listConversations(chat, anna, { limit: 10 })
    expect(listed.map(({ conversation }) => conversation.id)).toContain(overview.conversation.id)
  })

  it('of two colleagues is the one that the organisation has', async () => {
    const [one, other] = [await newPerson(chat, { orgId: 'acme' }), await newPerson(chat, { orgId: 'acme' })]
    const { overview } = await openDirect(chat, one, other.userId)
    const dm = await createConversation(
      chat,
      { ...other, reach: { org: 'acme' } },
      { type: 'dm', visibility: 'private', historyMode: 'all', memberIds: [one.userId] },
    )
    expect(dm).toMatchObject({ created: false, overview: { conversation: { id: overview.conversation.id } } })
  })

  it('of two people of different organisations is of none', async () => {
    const [one, other] = [await newPerson(chat, { orgId: 'acme' }), await newPerson(chat, { orgId: 'other' })]
    const { overview } = await openDirect(chat, one, other.userId)
    expect(overview.conversation.orgId).toBeNull()
    expect((await openDirect(chat, other, one.userId)).overview.conversation.id).toBe(
      overview.conversation.id,
    )
  })

  it('is refused with oneself, with nobody and with who is gone', async () => {
    await expect(openDirect(chat, anna, anna.userId)).rejects.toMatchObject({ code: 'invalid' })
    await expect(openDirect(chat, anna, 'nobody')).rejects.toMatchObject({ code: 'not_found' })
    const gone = await newPerson(chat)
    await eraseUser(chat, gone.userId, 'keep')
    await expect(openDirect(chat, anna, gone.userId)).rejects.toMatchObject({ code: 'not_found' })
    const group = createGroup(chat, anna, { memberIds: [boris.userId, 'nobody'] })
    await expect(group).rejects.toMatchObject({ code: 'not_found', field: 'memberIds' })
  })

  it('of a group makes its creator the owner, and keeps what the client keeps with it', async () => {
    const input = { name: ' Соседи ', metadata: { flat: 12 }, memberIds: [boris.userId, anna.userId] }
    const { overview } = await createGroup(chat, anna, input)
    expect(overview).toMatchObject({
      role: 'owner',
      members: { count: 2 },
      conversation: { kind: 'group', name: 'Соседи', metadata: { flat: 12 } },
    })
  })

  it('of a group lets people of any organisation in, but strangers into none of an organisation', async () => {
    const colleagues = [await newPerson(chat, { orgId: 'acme' }), await newPerson(chat, { orgId: 'acme' })]
    const [owner, member] = colleagues as [Actor, Actor]
    const stranger = await newPerson(chat, { orgId: 'other' })
    const inside = await createGroup(chat, owner, { memberIds: [member.userId] })
    const id = inside.overview.conversation.id
    await expect(addMembers(chat, owner, id, [stranger.userId])).rejects.toMatchObject({ code: 'invalid' })
    const across = await createGroup(chat, owner, { memberIds: [stranger.userId] })
    await addMembers(chat, owner, across.overview.conversation.id, [anna.userId])
    await expect(addMembers(chat, owner, across.overview.conversation.id, ['nobody'])).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('about a purchase request is one for its buyer and each seller, whichever of them asks', async () => {
    const requestId = await newPurchaseRequest(chat, anna)
    const about = { requestId, sellerId: boris.userId }
    const first = await openPurchaseRequest(chat, boris, about)
    expect(first).toMatchObject({
      created: true,
      overview: { subject: { type: 'purchase_request', id: requestId } },
    })
    const { id } = first.overview.conversation
    const again = await openPurchaseRequest(chat, anna, about)
    expect(again).toMatchObject({ created: false, overview: { conversation: { id } } })
    const other = await newPerson(chat)
    const rival = await openPurchaseRequest(chat, other, { requestId, sellerId: other.userId })
    expect(rival.created).toBe(true)
    expect((await openDirect(chat, anna, boris.userId)).overview.conversation.id).not.toBe(id)
  })

  it('about a purchase request is for its buyer and the seller alone', async () => {
    const requestId = await newPurchaseRequest(chat, anna)
    const outsider = await newPerson(chat)
    const sellerId = boris.userId
    const ask = (actor: Actor, input: { requestId: string; sellerId: string }) =>
      expect(openPurchaseRequest(chat, actor, input)).rejects
    await ask(outsider, { requestId, sellerId }).toMatchObject({ code: 'forbidden' })
    await ask(anna, { requestId: 'nothing', sellerId }).toMatchObject({ code: 'not_found' })
    await ask(anna, { requestId, sellerId: 'nobody' }).toMatchObject({ code: 'not_found' })
    await ask(anna, { requestId, sellerId: anna.userId }).toMatchObject({
      code: 'invalid',
      field: 'sellerId',
    })
  })

  it('with support takes in everybody who helps, and the first message with it', async () => {
    const staff = [await newPerson(chat, { role: 'support' }), await newPerson(chat, { role: 'admin' })]
    const { overview } = await openSupport(chat, anna, { subject: 'Доставка', firstMessage: 'Где посылка?' })
    const { id } = overview.conversation
    expect(overview).toMatchObject({
      role: 'member',
      conversation: { kind: 'support', name: 'Доставка' },
      lastMessage: { text: 'Где посылка?', senderId: anna.userId },
    })
    for (const helper of staff) {
      const { messages } = await listMessages(chat, helper, id, { limit: 10 })
      expect(messages).toHaveLength(1)
    }
    const events = await eventsOf(test, id)
    expect(events.map(({ type }) => type)).toEqual(['conversation.created', 'message.created'])
  })

  it('with support goes on while the one who asked is there, and is left like a group', async () => {
    await newPerson(chat, { role: 'support' })
    const { overview } = await openSupport(chat, boris, {})
    await leaveConversation(chat, boris, overview.conversation.id)
    const listed = await listConversations(chat, boris, { limit: 100 })
    expect(listed.map(({ conversation }) => conversation.id)).not.toContain(overview.conversation.id)
  })
})

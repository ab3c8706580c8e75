import { describe, expect, test } from 'vitest'
import type { Chat as Room } from '@parley/wire/rooms'
import type { Chat } from '../support/chat.ts'
import { messagesOf, pairOf, refusal, room, say, type Friend, type Friends } from '../support/friends.ts'
import { putPurchaseRequest } from '../support/host.ts'

const NOBODY = 'nobody'
const MISSING = '9007199254740991'

/** Less when people were last seen, which is a moment ago whatever they do. */
const unseen = ({ participants, ...rest }: Room) => ({
  ...rest,
  participants: participants.map((participant) => ({ ...participant, lastSeen: null })),
})

export function chats(friends: Friends, chat: Chat) {
  let lastRequest = 0
  async function request(buyer: Friend, title = 'Two tons of gravel') {
    const id = `request-${++lastRequest}`
    await putPurchaseRequest(chat.server(), id, { buyer_id: buyer.id, title })
    return id
  }

  describe('POST /api/chat', () => {
    test('creates a direct chat with 201 and finds it with 200, whoever of the two asks', async () => {
      const [anna, boris] = await friends.friends(2)
      const created = await anna.call('createChat', { participantIds: [boris.id] })
      expect(created.status).toBe(201)
      const found = await boris.call('createChat', { participantIds: [boris.id, anna.id], type: 'direct' })
      expect(found.status).toBe(200)
      const { chat: here } = await anna.ask('createChat', { participantIds: [boris.id] })
      expect(created.body).toMatchObject({ data: { chat: { _id: here._id } } })
      expect(found.body).toMatchObject({ data: { chat: { _id: here._id } } })
      expect(here).toMatchObject({ type: 'direct', title: null, relatedTo: null, lastMessage: null })
      expect(here).toMatchObject({ unreadCount: 0, unreadCounts: { [anna.id]: 0, [boris.id]: 0 } })
      const names = here.participants.map(({ userId, displayName }) => [userId, displayName])
      expect(names.sort()).toEqual([anna, boris].map(({ id }) => [id, id]).sort())
    })

    test('ten people who open the same direct chat at once get one', async () => {
      const [anna, boris] = await friends.friends(2)
      const openings = Array.from({ length: 10 }, (_, n) =>
        n % 2 === 0 ? pairOf(anna, boris) : pairOf(boris, anna),
      )
      expect(new Set((await Promise.all(openings)).map(({ _id }) => _id)).size).toBe(1)
      expect((await anna.ask('listChats')).pagination.total).toBe(1)
    })

    test('creates a group with its title and metadata, which is its creator’s, and another one each time', async () => {
      const [anna, boris, clara] = await friends.friends(3)
      const metadata = { colour: 'blue', nested: { tags: ['a', 'b'], n: 1.5, none: null } }
      const created = await room(anna, [boris, clara], { title: 'Plans', metadata })
      expect(created).toMatchObject({ type: 'group', title: 'Plans', metadata, isArchived: false })
      const roles = Object.fromEntries(created.participants.map(({ userId, role }) => [userId, role]))
      expect(roles).toEqual({ [anna.id]: 'owner', [boris.id]: 'member', [clara.id]: 'member' })
      expect((await room(anna, [boris, clara], { title: 'Plans' }))._id).not.toBe(created._id)
      const { chat: seen } = await clara.ask('getChat', { id: created._id })
      expect(unseen(seen)).toEqual(unseen(created))
    })

    test('400 without two participants, 404 for somebody who is not there, and nothing is created', async () => {
      const [anna, boris] = await friends.friends(2)
      const cases: [object, number][] = [
        [{ participantIds: [] }, 400],
        [{ participantIds: [anna.id] }, 400],
        [{ participantIds: [anna.id, anna.id], type: 'group' }, 400],
        [{ participantIds: [boris.id, NOBODY], type: 'direct' }, 400],
        [{ participantIds: [NOBODY] }, 404],
        [{ participantIds: [boris.id, NOBODY], type: 'group' }, 404],
      ]
      for (const [input, status] of cases) {
        const reply = await anna.call('createChat', { ...input })
        refusal(reply, status, status === 404 ? 'not_found' : 'invalid')
      }
      const wrong = [{}, { participantIds: boris.id }, { participantIds: [boris.id, 7] }]
      const more = [{ type: 'support' }, { title: 7 }, { title: 'x'.repeat(256) }, { metadata: [] }]
      for (const input of [...wrong, ...more.map((field) => ({ participantIds: [boris.id], ...field }))])
        refusal(await friends.api().callWrongly('createChat', input, anna.headers), 400, 'invalid')
      expect((await anna.ask('listChats')).pagination.total).toBe(0)
    })
  })

  describe('POST /api/chat/purchase-request', () => {
    test('is one chat for request and seller, whichever side asks, also at once', async () => {
      const [buyer, seller, rival] = await friends.friends(3)
      const purchaseRequestId = await request(buyer)
      const input = { purchaseRequestId, sellerId: seller.id }
      const statuses = await Promise.all(
        [buyer, seller, buyer, seller].map(
          async (side) => (await side.call('openPurchaseRequestChat', input)).status,
        ),
      )
      expect(statuses.sort()).toEqual([200, 200, 200, 201])
      const { chat: there } = await seller.ask('openPurchaseRequestChat', input)
      expect(there).toMatchObject({
        type: 'direct',
        title: 'Two tons of gravel',
        relatedTo: { type: 'PurchaseRequest', id: purchaseRequestId },
      })
      const own = await pairOf(buyer, seller)
      const other = await rival.ask('openPurchaseRequestChat', { purchaseRequestId, sellerId: rival.id })
      expect(new Set([there._id, own._id, other.chat._id]).size).toBe(3)
      await say(buyer, there._id, 'How much?')
      expect((await seller.ask('getChat', { id: there._id })).chat.unreadCount).toBe(1)
    })

    test('is refused to whoever is neither, for what is not there, and with oneself', async () => {
      const [buyer, seller, outsider] = await friends.friends(3)
      const purchaseRequestId = await request(buyer)
      const open = (who: Friend, input: object) =>
        who.call('openPurchaseRequestChat', { purchaseRequestId, sellerId: seller.id, ...input })
      refusal(await open(outsider, {}), 403, 'forbidden')
      refusal(await open(buyer, { purchaseRequestId: NOBODY }), 404, 'not_found')
      refusal(await open(buyer, { sellerId: NOBODY }), 404, 'not_found')
      refusal(await open(buyer, { sellerId: buyer.id }), 400, 'invalid')
      const wrong = { purchaseRequestId, sellerId: '' }
      refusal(
        await friends.api().callWrongly('openPurchaseRequestChat', wrong, buyer.headers),
        400,
        'invalid',
      )
      for (const person of [buyer, seller, outsider])
        expect((await person.ask('listChats')).pagination.total).toBe(0)
    })
  })

  describe('POST /api/chat/support', () => {
    test('opens a chat of the caller with everybody who helps people, and the first message', async () => {
      const [helper, boss] = [
        await friends.friend({ role: 'support' }),
        await friends.friend({ role: 'admin' }),
      ]
      const [anna, outsider] = await friends.friends(2)
      const input = { subject: 'My parcel', initialMessage: 'Where is it?' }
      const opened = await anna.call('openSupportChat', input)
      expect(opened.status).toBe(201)
      const { chat: here } = await anna.ask('openSupportChat', input)
      expect(here).toMatchObject({ type: 'support', title: 'My parcel', unreadCount: 0 })
      expect(here.lastMessage).toMatchObject({ content: 'Where is it?', senderId: anna.id })
      const ids = here.participants.map(({ userId }) => userId)
      expect(ids).toEqual(expect.arrayContaining([anna.id, helper.id, boss.id]))
      expect(ids).not.toContain(outsider.id)
      for (const { userId, role } of here.participants) if (userId !== anna.id) expect(role).toBe('admin')
      for (const staff of [helper, boss]) {
        expect((await staff.ask('listChats', { type: 'support' })).pagination.total).toBe(2)
        expect((await staff.ask('getChat', { id: here._id })).chat.unreadCount).toBe(1)
      }
      await say(helper, here._id, 'On its way')
      expect((await messagesOf(anna, here._id)).map(({ content }) => content)).toEqual([
        'On its way',
        'Where is it?',
      ])
      refusal(await outsider.call('getChat', { id: here._id }), 403, 'forbidden')
    })

    test('needs neither subject nor message, and takes no wrong ones', async () => {
      await friends.friend({ role: 'support' })
      const anna = await friends.friend()
      const { chat: here } = await anna.ask('openSupportChat')
      expect(here).toMatchObject({ type: 'support', title: null, lastMessage: null })
      for (const input of [{ subject: 7 }, { subject: 'x'.repeat(256) }, { initialMessage: '' }])
        refusal(await friends.api().callWrongly('openSupportChat', input, anna.headers), 400, 'invalid')
    })
  })

  describe('GET /api/chat', () => {
    test('lists the caller’s chats, the latest message first, in pages, with unread counts', async () => {
      const [anna, boris] = await friends.friends(2)
      const ids: string[] = []
      for (let n = 0; n < 5; n++) ids.unshift((await room(anna, [boris], { title: `${n}` }))._id)
      const last = ids.at(-1) ?? ''
      await say(boris, last, 'Up it goes')
      const order = [last, ...ids.slice(0, -1)]
      const pages = [1, 2, 3, 4].map((page) => anna.ask('listChats', { page, limit: 2 }))
      const listed = await Promise.all(pages)
      expect(listed.map(({ pagination }) => pagination)).toEqual(
        [1, 2, 3, 4].map((page) => ({ page, limit: 2, total: 5, pages: 3 })),
      )
      expect(listed.flatMap((page) => page.chats.map(({ _id }) => _id))).toEqual(order)
      const { chats, pagination } = await anna.ask('listChats')
      expect(pagination).toEqual({ page: 1, limit: 20, total: 5, pages: 1 })
      expect(chats.map(({ unreadCount }) => unreadCount)).toEqual([1, 0, 0, 0, 0])
      const { chat: info } = await anna.ask('getChat', { id: last })
      expect(chats.slice(0, 1).map(unseen)).toEqual([unseen(info)])
    })

    test('by type, of one’s own alone', async () => {
      const [anna, boris, outsider] = await friends.friends(3)
      const [pair, group] = [await pairOf(anna, boris), await room(anna, [boris])]
      const listed = async (who: Friend, input: object) =>
        (await who.ask('listChats', { ...input })).chats.map(({ _id }) => _id)
      expect(await listed(anna, { type: 'direct' })).toEqual([pair._id])
      expect(await listed(anna, { type: 'group' })).toEqual([group._id])
      expect(await listed(anna, { type: 'support' })).toEqual([])
      expect(await listed(outsider, {})).toEqual([])
    })

    test('refuses pages and types that are none', async () => {
      const anna = await friends.friend()
      const wrong = [
        { page: 0 },
        { page: 'x' },
        { page: -1 },
        { limit: 0 },
        { limit: 101 },
        { type: 'channel' },
      ]
      for (const input of wrong)
        refusal(await friends.api().callWrongly('listChats', input, anna.headers), 400, 'invalid')
    })
  })

  test('GET /api/chat/stats: adds up chats, messages and what is unread', async () => {
    const [anna, boris, clara] = await friends.friends(3)
    expect(await anna.ask('getChatStats')).toEqual({ totalChats: 0, totalMessages: 0, totalUnread: 0 })
    const [pair, group] = [await pairOf(anna, boris), await room(clara, [anna, boris])]
    for (const content of ['one', 'two']) await say(boris, pair._id, content)
    await say(anna, pair._id, 'three')
    await say(clara, group._id, 'four')
    await say(boris, (await pairOf(boris, clara))._id, 'elsewhere')
    expect(await anna.ask('getChatStats')).toEqual({ totalChats: 2, totalMessages: 4, totalUnread: 3 })
    await anna.ask('markRead', { id: pair._id })
    expect(await anna.ask('getChatStats')).toEqual({ totalChats: 2, totalMessages: 4, totalUnread: 1 })
  })

  describe('GET /api/chat/{id}/info', () => {
    test('has the last message, unread counts of everybody and when they were last seen', async () => {
      const [anna, boris] = await friends.friends(2)
      const { _id: id, createdAt } = await room(anna, [boris])
      const { timestamp } = await say(boris, id, 'Hello')
      const { chat: info } = await anna.ask('getChat', { id })
      expect(info.lastMessage).toEqual({ content: 'Hello', senderId: boris.id, timestamp })
      expect(info).toMatchObject({ unreadCount: 1, unreadCounts: { [anna.id]: 1, [boris.id]: 0 } })
      expect(info).toMatchObject({ createdAt, updatedAt: timestamp })
      expect(info.participants.every(({ isActive }) => isActive)).toBe(true)
    })

    test('403 to who is no participant, 404 where there is nothing', async () => {
      const [anna, boris, outsider] = await friends.friends(3)
      const { _id: id } = await pairOf(anna, boris)
      refusal(await outsider.call('getChat', { id }), 403, 'forbidden')
      refusal(await anna.call('getChat', { id: MISSING }), 404, 'not_found')
      for (const wrong of ['0', '-1', 'x', '1e3', '9007199254740993', '99999999999999999999'])
        refusal(await friends.api().callWrongly('getChat', { id: wrong }, anna.headers), 404, 'not_found')
    })
  })

  test('PATCH /api/chat/{id}/archive: is each one’s own, and goes as it came', async () => {
    const [anna, boris] = await friends.friends(2)
    const { _id: id } = await pairOf(anna, boris)
    expect(await anna.ask('toggleArchived', { id })).toEqual({ isArchived: true })
    const isArchived = async (who: Friend) => (await who.ask('getChat', { id })).chat.isArchived
    expect([await isArchived(anna), await isArchived(boris)]).toEqual([true, false])
    expect((await anna.ask('listChats')).chats).toMatchObject([{ _id: id, isArchived: true }])
    expect(await boris.ask('toggleArchived', { id })).toEqual({ isArchived: true })
    expect(await anna.ask('toggleArchived', { id })).toEqual({ isArchived: false })
    expect([await isArchived(anna), await isArchived(boris)]).toEqual([false, true])
  })
}

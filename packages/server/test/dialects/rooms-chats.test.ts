import { chatListResponse, chatResponse, statsResponse } from '@parley/wire/rooms'
import type { Chat } from '@parley/wire/rooms'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { putSubject } from '../../src/core/subjects.ts'
import { eraseUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { form, openRooms, refusal, textFile } from '../support/rooms.ts'
import type { Rooms } from '../support/rooms.ts'
import { countStatements } from '../support/statements.ts'
import { exact } from '../support/workspace.ts'
import type { Person } from '../support/workspace.ts'

eachStore('chats', (database) => {
  let rooms: Rooms
  let statements: () => number

  beforeAll(async () => {
    rooms = await openRooms(database())
    const { chat } = rooms.server
    // What runs in the background does not count: it asks the database itself.
    const counted = countStatements(chat.db)
    chat.db = counted.db
    statements = counted.statements
  })
  afterAll(() => rooms.close())

  async function two(): Promise<[Person, Person]> {
    return [await rooms.person(), await rooms.person()]
  }

  async function info(person: Person, id: string): Promise<Chat> {
    return exact(chatResponse, (await rooms.ask(person, `GET /${id}/info`)).body).data.chat
  }

  async function list(person: Person, query = '') {
    return exact(chatListResponse, (await rooms.ask(person, `GET ${query}`)).body).data
  }

  it('of two are found, by either side, named with oneself or without, with what they began with', async () => {
    const [anna, boris] = await two()
    const metadata = { topic: ['фара', 1] }
    const chat = await rooms.chat(anna, {
      participantIds: [boris.id, anna.id, boris.id],
      metadata,
      title: 'x',
    })
    expect(chat).toMatchObject({ type: 'direct', title: null, metadata })
    const again = await rooms.ask(boris, 'POST ', { participantIds: [anna.id], metadata: { other: true } })
    expect(again.status).toBe(200)
    const found = exact(chatResponse, again.body).data.chat
    expect([found._id, found.metadata]).toEqual([chat._id, metadata])
  })

  it('of two are started once, however many ask at once', async () => {
    const [anna, boris] = await two()
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        n % 2
          ? rooms.ask(anna, 'POST ', { participantIds: [boris.id] })
          : rooms.ask(boris, 'POST ', { participantIds: [anna.id] }),
      ),
    )
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array<number>(9).fill(200), 201])
    expect(new Set(replies.map(({ body }) => chatResponse.parse(body).data.chat._id)).size).toBe(1)
  })

  it('name their participants, with roles, as the host application calls them', async () => {
    const [anna, boris] = await two()
    const chat = await rooms.chat(anna, { type: 'group', participantIds: [boris.id], title: ' Plans ' })
    expect(chat).toMatchObject({ type: 'group', title: 'Plans', relatedTo: null, isArchived: false })
    expect(chat.participants).toMatchObject([
      { userId: anna.id, displayName: `Name of ${anna.id}`, role: 'owner', isActive: true },
      { userId: boris.id, role: 'member', lastSeen: null, isActive: true },
    ])
    expect(chat.participants[0]?.lastSeen).not.toBeNull()
    expect(await info(boris, chat._id)).toMatchObject({ _id: chat._id, participants: [{}, {}] })
  })

  it('with nobody, with somebody unknown or with somebody erased are not started', async () => {
    const [anna, gone] = await two()
    await eraseUser(rooms.server.chat, gone.id, 'keep')
    for (const type of ['direct', 'group']) {
      refusal(await rooms.ask(anna, 'POST ', { type, participantIds: [anna.id] }), 'invalid')
      for (const id of ['nobody', gone.id])
        expect(
          refusal(await rooms.ask(anna, 'POST ', { type, participantIds: [id] }), 'not_found'),
        ).toContain(id)
    }
    expect(await list(anna)).toEqual({
      chats: [],
      pagination: { page: 1, limit: 20, total: 0, pages: 0 },
    })
  })

  it('of two say that the other side was erased', async () => {
    const [anna, gone] = await two()
    const { _id } = await rooms.chat(anna, { participantIds: [gone.id] })
    await eraseUser(rooms.server.chat, gone.id, 'keep')
    const { participants } = await info(anna, _id)
    expect(participants.find(({ userId }) => userId === gone.id)).toMatchObject({ isActive: false })
  })

  it('about a purchase request are found by its buyer and by the seller, and started by nobody else', async () => {
    const [buyer, seller] = await two()
    const about = { type: 'purchase_request', id: `pr-${buyer.id}`, url: null, details: {} }
    await putSubject(rooms.server.chat, { ...about, title: 'Нужна фара', ownerId: buyer.id })
    const body = { purchaseRequestId: about.id, sellerId: seller.id }
    const chat = await rooms.chat(seller, body, '/purchase-request')
    expect(chat).toMatchObject({
      type: 'direct',
      title: 'Нужна фара',
      relatedTo: { type: 'PurchaseRequest', id: about.id },
    })
    const found = await rooms.ask(buyer, 'POST /purchase-request', body)
    expect([found.status, chatResponse.parse(found.body).data.chat._id]).toEqual([200, chat._id])
    const direct = await rooms.chat(buyer, { participantIds: [seller.id] })
    expect(direct._id).not.toBe(chat._id)

    const outsider = await rooms.person()
    const ask = (person: Person, changed: object) =>
      rooms.ask(person, 'POST /purchase-request', { ...body, ...changed })
    refusal(await ask(outsider, {}), 'forbidden')
    refusal(await ask(buyer, { purchaseRequestId: 'none' }), 'not_found')
    refusal(await ask(buyer, { sellerId: 'nobody' }), 'not_found')
    expect(refusal(await ask(buyer, { sellerId: buyer.id }), 'invalid')).toMatch(/^sellerId: /)
  })

  it('with support are with everybody who helps, who are their admins, and new each time', async () => {
    const asker = await rooms.person()
    const staff = [await rooms.person({ role: 'support' }), await rooms.person({ role: 'admin' })]
    const body = { subject: 'Invoice', initialMessage: 'Where?' }
    const chat = await rooms.chat(asker, body, '/support')
    expect(chat).toMatchObject({ type: 'support', title: 'Invoice', lastMessage: { content: 'Where?' } })
    for (const { id } of staff)
      expect(chat.participants).toContainEqual(expect.objectContaining({ userId: id, role: 'admin' }))
    expect(chat.unreadCounts).toMatchObject({ [asker.id]: 0, [staff[0]?.id ?? '']: 1 })
    expect((await rooms.chat(asker, {}, '/support'))._id).not.toBe(chat._id)
    expect((await rooms.ask(asker, 'POST /support')).status).toBe(201)
  })

  it('are listed by pages and by type, the one with the latest message first', async () => {
    const [anna, boris] = await two()
    const group = await rooms.chat(anna, { type: 'group', participantIds: [boris.id] })
    const direct = await rooms.chat(anna, { participantIds: [boris.id] })
    const support = await rooms.chat(anna, {}, '/support')
    await rooms.send(boris, group._id, 'hello')
    const ids = async (query = '') => (await list(anna, query)).chats.map(({ _id }) => _id)
    expect(await ids()).toEqual([group._id, support._id, direct._id])
    expect(await ids('?limit=2&page=2')).toEqual([direct._id])
    expect((await list(anna, '?limit=2&page=3')).pagination).toEqual({
      page: 3,
      limit: 2,
      total: 3,
      pages: 2,
    })
    for (const chat of [group, direct, support]) expect(await ids(`?type=${chat.type}`)).toEqual([chat._id])
    const [first] = (await list(anna)).chats
    expect(first).toMatchObject({ unreadCount: 1, unreadCounts: { [anna.id]: 1, [boris.id]: 0 } })
  })

  it('cost as many statements to list, however many there are', async () => {
    const [anna, boris] = await two()
    const cost = async () => {
      const before = statements()
      await list(anna)
      return statements() - before
    }
    await rooms.chat(anna, { participantIds: [boris.id] })
    const ofOne = await cost()
    for (let n = 0; n < 5; n++) await rooms.chat(anna, { type: 'group', participantIds: [boris.id] })
    expect(await cost()).toBe(ofOne)
    expect(ofOne).toBe(3)
  })

  it('show the newest message that is left, and the name of a file that has no text', async () => {
    const [anna, boris] = await two()
    const { _id } = await rooms.chat(anna, { participantIds: [boris.id] })
    await rooms.send(anna, _id, 'hello')
    await rooms.ask(anna, `POST /${_id}/messages/file`, form(['file', textFile('x', 'plan.txt')]))
    expect((await info(anna, _id)).lastMessage).toMatchObject({ content: 'plan.txt', senderId: anna.id })
    const caption = form(['file', textFile('x')], ['content', 'The plan'])
    await rooms.ask(anna, `POST /${_id}/messages/file`, caption)
    expect((await info(anna, _id)).lastMessage).toMatchObject({ content: 'The plan' })
    const { _id: last, timestamp } = await rooms.send(boris, _id, 'Thanks')
    expect((await info(anna, _id)).lastMessage).toEqual({ content: 'Thanks', senderId: boris.id, timestamp })
    await rooms.ask(boris, `DELETE /${_id}/messages/${last}`)
    expect((await info(anna, _id)).lastMessage).toMatchObject({ content: 'The plan' })
  })

  it('are archived by each for themselves, stay so when somebody writes, and come back', async () => {
    const [anna, boris] = await two()
    const { _id } = await rooms.chat(anna, { participantIds: [boris.id] })
    const toggle = async () => (await rooms.ask(anna, `PATCH /${_id}/archive`)).body
    expect(await toggle()).toEqual({ success: true, data: { isArchived: true } })
    await rooms.send(boris, _id, 'hello')
    expect((await list(anna)).chats).toMatchObject([{ _id, isArchived: true, unreadCount: 1 }])
    expect(await info(boris, _id)).toMatchObject({ isArchived: false })
    expect(await toggle()).toEqual({ success: true, data: { isArchived: false } })
    expect(await info(anna, _id)).toMatchObject({ isArchived: false })
  })

  it('are counted with their messages and what is unread of them', async () => {
    const [anna, boris] = await two()
    const stats = async (person: Person) =>
      exact(statsResponse, (await rooms.ask(person, 'GET /stats')).body).data
    expect(await stats(anna)).toEqual({ totalChats: 0, totalMessages: 0, totalUnread: 0 })
    const direct = await rooms.chat(anna, { participantIds: [boris.id] })
    const group = await rooms.chat(anna, { type: 'group', participantIds: [boris.id] })
    for (const { _id } of [direct, group, group]) await rooms.send(anna, _id, 'hello')
    expect(await stats(anna)).toEqual({ totalChats: 2, totalMessages: 3, totalUnread: 0 })
    expect(await stats(boris)).toEqual({ totalChats: 2, totalMessages: 3, totalUnread: 3 })
    await rooms.ask(boris, `PATCH /${group._id}/messages/read`)
    expect(await stats(boris)).toEqual({ totalChats: 2, totalMessages: 3, totalUnread: 1 })
  })

  it('pass to somebody else when their owner leaves', async () => {
    const [anna, boris] = await two()
    const { _id } = await rooms.chat(anna, { type: 'group', participantIds: [boris.id] })
    const left = await rooms.ask(anna, `DELETE /${_id}/participants/${anna.id}`)
    expect(left.body).toEqual({ success: true, data: { participantId: anna.id } })
    refusal(await rooms.ask(anna, `GET /${_id}/info`), 'forbidden')
    expect((await info(boris, _id)).participants).toMatchObject([{ userId: boris.id, role: 'owner' }])
    const added = await rooms.ask(boris, `POST /${_id}/participants`, { userId: anna.id })
    expect(exact(chatResponse, added.body).data.chat.participants).toHaveLength(2)
  })
})

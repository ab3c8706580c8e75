import {
  conversationListResponse,
  conversationResponse,
  messageListResponse,
  messageResponse,
  preferencesResponse,
  statusListResponse,
} from '@parley/wire/workspace'
import type { Conversation, Message } from '@parley/wire/workspace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newActor, newConversation } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'
import { exact, openWorkspace, problem } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { hs256 } from '../tokens.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

eachStore('what the workspace shows', (database) => {
  let workspace: Workspace
  let alice: Person
  let bob: Person
  let group: Conversation

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    alice = await workspace.person()
    bob = await workspace.person()
    group = await workspace.conversation(alice, { type: 'group', name: 'Plans', memberIds: [bob.id] })
  })
  afterAll(() => workspace.close())

  async function messages(person: Person, conversationId: string): Promise<Message[]> {
    const reply = await workspace.call(person, '/chat/messages/list', { conversationId })
    return exact(messageListResponse, reply.body).data
  }

  async function get(person: Person, id: string): Promise<Conversation> {
    const reply = await workspace.call(person, `/chat/conversations/${id}/get`)
    return exact(conversationResponse, reply.body).data
  }

  describe('of a conversation', () => {
    it('that is new', () => {
      const time = expect.stringMatching(TIME) as string
      expect(group).toEqual({
        id: expect.stringMatching(/^\d+$/) as string,
        type: 'group',
        visibility: 'private',
        historyMode: 'all',
        name: 'Plans',
        description: null,
        createdBy: alice.id,
        archivedAt: null,
        createdAt: time,
        updatedAt: time,
        seq: 1,
        subject: null,
        lastMessage: null,
        members: { count: 2, userIds: [alice.id, bob.id].sort() },
        role: 'owner',
        unread: 0,
        mentions: 0,
        readCursor: { lastReadMessageId: null },
        preferences: { starred: false, muteUntil: null, notifyLevel: 'all' },
      })
    })

    it('of two: one, whoever asks, with 201 and then 200', async () => {
      const body = { type: 'dm', memberIds: [bob.id] }
      const { id, type } = await workspace.conversation(alice, body)
      expect(type).toBe('dm')
      for (const [person, other] of [[alice, bob] as const, [bob, alice] as const]) {
        const again = { type: 'dm', memberIds: [other.id] }
        const reply = await workspace.call(person, '/chat/conversations/create', again)
        expect([reply.status, exact(conversationResponse, reply.body).data.id]).toEqual([200, id])
      }
    })

    it('that is open to the organisation: no members to list, for everybody a member', async () => {
      const body = { type: 'channel', visibility: 'org', name: 'General' }
      const { id, members, role } = await workspace.conversation(alice, body)
      expect([members, role]).toEqual([null, 'owner'])
      expect(await get(bob, id)).toMatchObject({ members: null, role: 'member', unread: 0 })
      const reply = await workspace.call(bob, '/chat/conversations/list')
      expect(exact(conversationListResponse, reply.body).data.map((one) => one.id)).toContain(id)
    })

    it('of many: how many they are, and the first 20 in a list', async () => {
      const others = await Promise.all(Array.from({ length: 24 }, () => workspace.person()))
      const memberIds = others.map(({ id }) => id)
      const { id, members } = await workspace.conversation(alice, { type: 'group', memberIds })
      const all = [alice.id, ...memberIds].sort()
      expect(members).toEqual({ count: 25, userIds: all })
      const { body } = await workspace.call(alice, '/chat/conversations/list', {})
      const listed = exact(conversationListResponse, body).data.find((one) => one.id === id)
      expect(listed?.members).toEqual({ count: 25, userIds: all.slice(0, 20) })
    })

    it('that has changed', async () => {
      const { id } = await workspace.conversation(alice, { type: 'group' })
      const change = { name: 'Release', description: 'What is left?' }
      const updated = await workspace.call(alice, `/chat/conversations/${id}/update`, change)
      expect(exact(conversationResponse, updated.body).data).toMatchObject({ ...change, seq: 2 })
      const converted = await workspace.call(alice, `/chat/conversations/${id}/convert`, {})
      const channel = { type: 'channel', visibility: 'private', name: 'Release', seq: 3 }
      expect(exact(conversationResponse, converted.body).data).toMatchObject(channel)
      expect((await workspace.call(alice, `/chat/conversations/${id}/archive`)).status).toBe(204)
      expect((await get(alice, id)).archivedAt).toMatch(TIME)
      const reply = await workspace.call(alice, '/chat/messages/send', { conversationId: id, content: 'x' })
      expect(reply.status).toBe(409)
      expect(problem(reply, '/problems/conflict')).toBeUndefined()
    })

    it('to who has not read: counts, mentions and the cursor', async () => {
      const { id } = await workspace.conversation(alice, { type: 'group', memberIds: [bob.id] })
      const first = await workspace.send(alice, id, 'one')
      const mention = { conversationId: id, content: '@bob two', mentions: [bob.id] }
      await workspace.call(alice, '/chat/messages/send', mention)
      expect(await get(bob, id)).toMatchObject({
        unread: 2,
        mentions: 1,
        lastMessage: { content: '@bob two' },
      })
      await workspace.call(bob, `/chat/conversations/${id}/read`, { lastReadMessageId: first.id })
      const readCursor = { lastReadMessageId: first.id }
      expect(await get(bob, id)).toMatchObject({ unread: 1, mentions: 1, readCursor })
      await workspace.call(bob, `/chat/conversations/${id}/read`)
      expect(await get(bob, id)).toMatchObject({ unread: 0, mentions: 0 })
    })

    it('with its preferences, each left as it is where nothing is said', async () => {
      const path = `/chat/conversations/${group.id}/preferences/update`
      const update = async (body: object) =>
        exact(preferencesResponse, (await workspace.call(bob, path, body)).body).data
      expect(await update({ muteUntil: 'forever' })).toMatchObject({ starred: false, muteUntil: 'forever' })
      expect(await update({ starred: true, notifyLevel: 'mentions' })).toEqual({
        starred: true,
        muteUntil: 'forever',
        notifyLevel: 'mentions',
      })
      const muteUntil = '2030-02-11T20:51:59+02:00'
      expect((await update({ muteUntil })).muteUntil).toBe('2030-02-11T18:51:59.000Z')
      expect((await update({ muteUntil: null })).muteUntil).toBeNull()
      expect((await get(bob, group.id)).preferences).toMatchObject({ starred: true, muteUntil: null })
      expect((await get(alice, group.id)).preferences.starred).toBe(false)
    })
  })

  describe('of a message', () => {
    it('that is new, and of its repeat', async () => {
      const { id: replyToId } = await workspace.send(alice, group.id, 'Shall we?')
      const body = {
        conversationId: group.id,
        content: '  @alice yes ',
        clientMsgId: 'b7c1',
        replyToId,
        mentions: [alice.id],
      }
      const sent = await workspace.call(bob, '/chat/messages/send', body)
      const message = exact(messageResponse, sent.body).data
      expect(message).toEqual({
        id: expect.stringMatching(/^\d+$/) as string,
        conversationId: group.id,
        seq: 2,
        senderId: bob.id,
        type: 'text',
        content: '@alice yes',
        clientMsgId: 'b7c1',
        replyToId,
        mentions: [alice.id],
        attachments: [],
        linkPreviews: [],
        reactions: [],
        pinnedAt: null,
        editedAt: null,
        deletedAt: null,
        createdAt: expect.stringMatching(TIME) as string,
      })
      const repeated = await workspace.call(bob, '/chat/messages/send', body)
      expect([sent.status, repeated.status]).toEqual([201, 200])
      expect(exact(messageResponse, repeated.body).data).toEqual(message)
    })

    it('with reactions, as each one sees them, wherever the message is', async () => {
      const { id } = await workspace.send(alice, group.id, 'react to this')
      const react = (person: Person, emoji: string) =>
        workspace.call(person, `/chat/messages/${id}/reactions/add`, { emoji })
      for (const person of [alice, bob, bob]) await react(person, '👍')
      await react(bob, '🎉')
      const reactions = (mine: boolean) => [
        { emoji: '👍', count: 2, userIds: [alice.id, bob.id], mine: true },
        { emoji: '🎉', count: 1, userIds: [bob.id], mine },
      ]
      expect((await messages(alice, group.id)).at(-1)?.reactions).toEqual(reactions(false))
      expect((await get(bob, group.id)).lastMessage?.reactions).toEqual(reactions(true))
      const edited = await workspace.call(alice, `/chat/messages/${id}/update`, { content: 'and to this' })
      expect(exact(messageResponse, edited.body).data).toMatchObject({
        content: 'and to this',
        editedAt: expect.stringMatching(TIME) as string,
        reactions: reactions(false),
      })
    })

    it('that is pinned, and of one that was deleted', async () => {
      const { id } = await workspace.send(alice, group.id, 'a secret')
      await workspace.call(bob, `/chat/messages/${id}/pin`)
      expect((await messages(bob, group.id)).at(-1)?.pinnedAt).toMatch(TIME)
      await workspace.call(alice, `/chat/messages/${id}/delete`)
      expect((await messages(bob, group.id)).at(-1)).toMatchObject({
        id,
        content: '',
        pinnedAt: null,
        deletedAt: expect.stringMatching(TIME) as string,
      })
    })
  })

  it('of statuses: of colleagues only', async () => {
    const [carol, stranger] = [await workspace.person(), await workspace.person({ org: 'globex' })]
    await workspace.call(carol, '/presence/status/update', { status: 'busy' })
    await workspace.call(stranger, '/presence/heartbeat')
    const userIds = [carol.id, stranger.id, 'nobody']
    const reply = await workspace.call(alice, '/presence/status/get', { userIds })
    expect(exact(statusListResponse, reply.body).data).toEqual([{ userId: carol.id, status: 'busy' }])
  })

  it('of a conversation about a product, to the two of it who have no organisation', async () => {
    const { chat } = workspace.server
    const [buyer, seller] = [await newActor(chat), await newActor(chat)]
    const id = await newConversation(chat, buyer, seller)
    await sendMessage(chat, buyer, { conversationId: id, type: 'text', text: 'Is it there?' })
    const token = await hs256({ sub: seller.userId, exp: Math.floor(Date.now() / 1000) + 60 })
    const person = { id: seller.userId, token }
    const { subject, type, unread, lastMessage } = await get(person, String(id))
    expect([type, unread, lastMessage?.content]).toEqual(['dm', 1, 'Is it there?'])
    expect(subject).toMatchObject({ type: 'product', title: 'Фара', url: null })
    expect((await workspace.call(alice, `/chat/conversations/${id}/get`)).status).toBe(404)
  })
})

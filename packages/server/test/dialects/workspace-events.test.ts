import {
  chatEventSchema,
  orgEventSchema,
  statusEventSchema,
  userEventSchema,
} from '@parley/wire/workspace-events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDirect } from '../../src/core/direct.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { markDelivered } from '../../src/core/receipts.ts'
import { putUser } from '../../src/core/users.ts'
import { readRealtimeSecret } from '../../src/db/settings.ts'
import { createTokens } from '../../src/dialects/workspace/tokens.ts'
import type { Address, Heard, Screen } from '../support/screen.ts'
import { connectionToken, listen, openScreen, subscribeToken } from '../support/screen.ts'
import { eachStore } from '../support/databases.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

eachStore('what a workspace hears', (database) => {
  let workspace: Workspace
  let address: Address

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    address = await listen(workspace.server)
  })
  afterAll(() => workspace.close())

  const people = (count: number, org = 'acme') =>
    Promise.all(Array.from({ length: count }, () => workspace.person({ org })))

  async function screenOf(person: Person): Promise<Screen> {
    const screen = openScreen(address.url, () => connectionToken(workspace, person))
    await screen.client.ready()
    return screen
  }

  const group = async (owner: Person, ...members: Person[]) =>
    (await workspace.conversation(owner, { type: 'group', memberIds: members.map(({ id }) => id) })).id

  const channelOfOrg = async (owner: Person, name = 'lobby') =>
    (await workspace.conversation(owner, { type: 'channel', visibility: 'org', name })).id

  /** Does what it says, all of which succeeds. */
  async function act(person: Person, path: string, body: object = {}): Promise<void> {
    const { status, body: answer } = await workspace.call(person, path, body)
    expect({ path, status, answer }).toMatchObject({
      status: expect.toSatisfy((code) => code < 300) as number,
    })
  }

  const types = (heard: Heard[]) => heard.map(({ type }) => type)

  it('of a conversation: everything that changes it, each with its number, all by their schema', async () => {
    const [ann, bob, cid] = (await people(3)) as [Person, Person, Person]
    const id = await group(ann, bob)
    const screen = await screenOf(ann)
    const chat = `chat:${id}`
    await screen.subscribe(chat, { token: await subscribeToken(workspace, ann, id) }).ready()

    const first = await workspace.send(bob, id, 'Hello!')
    await act(bob, `/chat/messages/${first.id}/update`, { content: 'Hello, Ann!' })
    await act(ann, `/chat/messages/${first.id}/reactions/add`, { emoji: '👍' })
    await act(ann, `/chat/messages/${first.id}/reactions/remove`, { emoji: '👍' })
    await act(ann, `/chat/messages/${first.id}/pin`)
    await act(ann, `/chat/messages/${first.id}/unpin`)
    await act(ann, `/chat/conversations/${id}/read`)
    await markDelivered(
      workspace.server.chat,
      { userId: bob.id, reach: {} },
      { conversationId: Number(id), lastMessageId: Number((await workspace.send(ann, id, 'Hi')).id) },
    )
    await screen.hears(chat, 9)
    await act(bob, '/chat/typing/send', { conversationId: id })
    await screen.hears(chat, 10)
    await act(bob, `/chat/messages/${first.id}/delete`)
    await act(ann, `/chat/conversations/${id}/members/add`, { userIds: [cid.id] })
    await act(ann, `/chat/conversations/${id}/members/remove`, { userId: cid.id })
    await act(ann, `/chat/conversations/${id}/update`, { name: 'Friends' })
    await act(ann, `/chat/conversations/${id}/archive`)

    const heard = await screen.hears(chat, 15)
    expect(types(heard)).toEqual([
      'message.created',
      'message.updated',
      'reaction.added',
      'reaction.removed',
      'message.pinned',
      'message.unpinned',
      'conversation.read',
      'message.created',
      'conversation.delivered',
      'typing',
      'message.deleted',
      'member.added',
      'member.removed',
      'conversation.updated',
      'conversation.archived',
    ])
    for (const { type, data } of heard) {
      expect(chatEventSchema.parse({ type, data })).toStrictEqual({ type, data })
      expect(data).toMatchObject({ conversationId: id })
    }
    const logged = heard.filter(({ type }) => type !== 'typing')
    expect(logged.map(({ data }) => data['seq'])).toEqual(logged.map((_, n) => n + 2))
    expect(heard.filter(({ offset }) => offset === undefined).map(({ type }) => type)).toEqual(['typing'])
    const offsets = logged.map(({ offset }) => offset ?? 0)
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
    expect(heard[1]?.data).toMatchObject({ message: { id: first.id, content: 'Hello, Ann!' } })
  })

  it('of oneself: conversations that come and go, preferences, and counts of what is unread', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const user = `user:${ann.id}`
    const screen = await screenOf(ann)
    const id = await group(bob, ann)
    await screen.hears(user, 1)
    const said = await workspace.call(bob, '/chat/messages/send', {
      conversationId: id,
      content: 'Ann?',
      mentions: [ann.id],
    })
    await screen.hears(user, 2)
    await workspace.send(ann, id, 'Yes?')
    await act(ann, `/chat/conversations/${id}/preferences/update`, { starred: true })
    await screen.hears(user, 3)
    const { data } = said.body as { data: { id: string } }
    await act(bob, `/chat/messages/${data.id}/delete`)
    await screen.hears(user, 4)
    await workspace.send(bob, id, 'Nothing.')
    await screen.hears(user, 5)
    await act(ann, `/chat/conversations/${id}/read`)
    await screen.hears(user, 6)
    await act(bob, `/chat/conversations/${id}/members/remove`, { userId: ann.id })
    await screen.hears(user, 8)
    await act(bob, `/chat/conversations/${id}/members/add`, { userIds: [ann.id] })
    const heard = await screen.hears(user, 9)
    for (const { type, data } of heard) {
      expect(userEventSchema.parse({ type, data })).toStrictEqual({ type, data })
      expect(data).toMatchObject({ conversationId: id })
    }
    const unread = (unread: number, mentions: number) => ({
      type: 'unread.updated',
      data: { conversationId: id, unread, mentions },
    })
    expect(heard.map(({ type, data }) => ({ type, data }))).toMatchObject([
      { type: 'conversation.added' },
      unread(1, 1),
      { type: 'conversation.preferences', data: { preferences: { starred: true } } },
      unread(0, 0),
      unread(1, 0),
      unread(0, 0),
      { type: 'conversation.removed' },
      unread(0, 0),
      { type: 'conversation.added' },
    ])
  })

  it('of oneself: nothing of what crosses the organisation', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const [zoe] = (await people(1, 'elsewhere')) as [Person]
    const screen = await screenOf(ann)
    const { chat } = workspace.server
    const { overview } = await openDirect(chat, { userId: zoe.id, reach: {} }, ann.id)
    const conversationId = overview.conversation.id
    await sendMessage(chat, { userId: zoe.id, reach: {} }, { conversationId, type: 'text', text: 'Psst' })
    const id = await group(bob, ann)
    const heard = await screen.hears(`user:${ann.id}`, 1)
    expect(heard).toMatchObject([{ type: 'conversation.added', data: { conversationId: id } }])
  })

  it('of the organisation: its new channels, what becomes of them, and what is unread there', async () => {
    const [ann, bob] = (await people(2, 'globex')) as [Person, Person]
    const [stranger] = (await people(1, 'initech')) as [Person]
    const screen = await screenOf(ann)
    const foreign = await screenOf(stranger)
    const id = await channelOfOrg(bob)
    expect(await screen.hears(`user:${ann.id}`, 1)).toMatchObject([{ type: 'conversation.added' }])
    await act(ann, `/chat/conversations/${id}/get`)
    await act(ann, '/chat/conversations/list')
    await workspace.send(bob, id, 'Hello, all!')
    expect((await screen.hears(`user:${ann.id}`, 2)).at(-1)).toMatchObject({
      type: 'unread.updated',
      data: { conversationId: id, unread: 1, mentions: 0 },
    })
    await act(bob, `/chat/conversations/${id}/update`, { description: 'Everything' })
    await act(bob, `/chat/conversations/${id}/archive`)
    const heard = await screen.hears('org:globex', 2)
    for (const { type, data } of heard)
      expect(orgEventSchema.parse({ type, data })).toStrictEqual({ type, data })
    expect(types(heard)).toEqual(['conversation.updated', 'conversation.archived'])
    expect(foreign.heard).toEqual([])
  })

  it('of a colleague’s status, when it changes', async () => {
    const [ann, bob] = (await people(2)) as [Person, Person]
    const screen = await screenOf(ann)
    const status = `status:acme:${bob.id}`
    const { data } = await new Promise<{ data?: unknown }>((resolve) =>
      screen.subscribe(status).on('subscribed', resolve),
    )
    expect(data).toEqual({ status: 'offline' })
    expect((await screen.hears(status, 1)).at(-1)).toMatchObject({ data: { status: 'offline' } })
    const other = await screenOf(bob)
    expect((await screen.hears(status, 2)).at(-1)).toMatchObject({ data: { status: 'online' } })
    await act(bob, '/presence/status/update', { status: 'busy' })
    await screen.hears(status, 3)
    await act(bob, '/presence/heartbeat')
    other.client.disconnect()
    await act(bob, '/presence/status/update', { status: 'away' })
    const heard = await screen.hears(status, 4)
    expect(heard.map(({ data }) => data['status'])).toEqual(['offline', 'online', 'busy', 'away'])
    for (const { type, data, offset } of heard) {
      expect(statusEventSchema.parse({ type, data })).toStrictEqual({ type, data })
      expect(offset).toBeUndefined()
    }
  })

  it('in spite of ids that mean something in the name of a channel', async () => {
    const { chat } = workspace.server
    const orgId = 'Ärzte: #1'
    const profile = { displayName: 'x', avatarUrl: null, role: 'user' as const, orgId }
    await putUser(chat, { id: 'a#b:c', ...profile })
    const [bob] = (await people(1, orgId)) as [Person]
    const odd = { id: 'a#b:c', token: '' }
    const tokens = createTokens(await readRealtimeSecret(chat.db))
    const holder = { userId: odd.id, org: orgId, sessionId: null }
    const screen = openScreen(address.url, async () => (await tokens.connectionToken(holder)).token)
    await screen.client.ready()
    await group(bob, odd)
    expect(await screen.hears('user:a%23b%3Ac', 1)).toMatchObject([{ type: 'conversation.added' }])
    const watching = screen.subscribe(`status:${encodeURIComponent(orgId)}:${bob.id}`)
    await watching.ready()
    await act(bob, '/presence/heartbeat')
    expect((await screen.hears(watching.channel, 1)).at(-1)).toMatchObject({ type: 'status.changed' })
  })
})

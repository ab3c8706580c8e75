import type { SubscribedContext, UnsubscribedContext } from 'centrifuge'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readRealtimeSecret } from '../../src/db/settings.ts'
import { createTokens } from '../../src/dialects/workspace/tokens.ts'
import { eachStore } from '../support/databases.ts'
import type { Address, Heard, Screen } from '../support/screen.ts'
import { connectionToken, listen, openScreen, subscribeToken } from '../support/screen.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'

const HOUR_MS = 3_600_000

const nameOf = (conversation: unknown) => (conversation as { name: string }).name

eachStore('a workspace’s subscriptions', (database, store) => {
  let workspace: Workspace
  let address: Address
  let ann: Person
  let bob: Person

  beforeEach(async () => {
    workspace = await openWorkspace(database())
    address = await listen(workspace.server)
    ann = await workspace.person()
    bob = await workspace.person()
  })
  afterEach(() => workspace.close())

  /** A new server at the same address, once something has happened that its clients have missed. */
  async function restart(meanwhile: () => Promise<void>): Promise<void> {
    await workspace.close()
    workspace = await openWorkspace(database())
    await meanwhile()
    address = await listen(workspace.server, address)
  }

  async function screenOf(person: Person): Promise<Screen> {
    const screen = openScreen(address.url, () => connectionToken(workspace, person))
    await screen.client.ready()
    return screen
  }

  const group = async (members: Person[], more: object = {}) =>
    (
      await workspace.conversation(ann, {
        type: 'group',
        memberIds: members.map(({ id }) => id),
        ...more,
      })
    ).id

  async function act(person: Person, path: string, body: object = {}): Promise<void> {
    expect((await workspace.call(person, path, body)).status).toBeLessThan(300)
  }

  /** The code with which a client is not let in, or null where it is. */
  async function refusalOf(screen: Screen, channel: string, token?: string): Promise<number | null> {
    const subscription = screen.subscribe(channel, token === undefined ? {} : { token })
    const code = await new Promise<number | null>((resolve) => {
      subscription.on('subscribed', () => resolve(null))
      subscription.on('unsubscribed', (context: UnsubscribedContext) => resolve(context.code))
      subscription.on('error', ({ error }) => resolve(error.code))
    })
    subscription.unsubscribe()
    screen.client.removeSubscription(subscription)
    return code
  }

  it('recover after a drop and after a restart, in every kind of channel', async () => {
    const screen = await screenOf(bob)
    const id = await group([bob])
    const { id: lobby } = await workspace.conversation(ann, {
      type: 'channel',
      visibility: 'org',
      name: 'lobby',
    })
    const chat = `chat:${id}`
    const subscription = screen.subscribe(chat)
    await subscription.ready()
    await workspace.send(ann, id, '1')
    await screen.hears(chat, 1)
    await act(ann, `/chat/conversations/${lobby}/update`, { name: 'lobby 1' })
    await screen.hears('org:acme', 1)
    await screen.hears(`user:${bob.id}`, 3)

    const miss = async (round: number) => {
      await workspace.send(ann, id, `${round}a`)
      await workspace.send(ann, id, `${round}b`)
      await act(ann, `/chat/conversations/${lobby}/update`, { name: `lobby ${round}` })
    }
    const aways = [
      async (round: number) => {
        address.drop()
        await miss(round)
      },
      (round: number) => restart(() => miss(round)),
    ]
    for (const [n, away] of aways.entries()) {
      const round = n + 2
      const back = Promise.all([
        new Promise<SubscribedContext>((resolve) => subscription.once('subscribed', resolve)),
        new Promise((resolve) => screen.client.once('connected', resolve)),
      ])
      await away(round)
      const [subscribed] = await back
      expect(subscribed).toMatchObject({ wasRecovering: true, recovered: true })
      const said = await screen.hears(chat, round * 2 - 1)
      expect(said.slice(-2).map(({ data }) => data['message'])).toMatchObject([
        { content: `${round}a` },
        { content: `${round}b` },
      ])
      expect((await screen.hears('org:acme', round)).at(-1)).toMatchObject({
        data: { conversation: { name: `lobby ${round}` } },
      })
      await expect
        .poll(() => screen.heard.findLast(({ type }) => type === 'unread.updated')?.data)
        .toEqual({ conversationId: id, unread: round * 2 - 1, mentions: 0 })
    }
  })

  it('say once what many missed messages come to', async () => {
    const screen = await screenOf(bob)
    const id = await group([bob])
    await screen.hears(`user:${bob.id}`, 1)
    await restart(async () => {
      for (let n = 0; n < 5; n++) await workspace.send(ann, id, 'x')
    })
    expect(await screen.hears(`user:${bob.id}`, 2)).toMatchObject([
      { type: 'conversation.added' },
      { type: 'unread.updated', data: { conversationId: id, unread: 5 } },
    ])
  })

  it('are refused to who is no member, of another organisation, or somebody else', async () => {
    const id = await group([])
    const stranger = await workspace.person({ org: 'globex' })
    const screen = await screenOf(bob)
    const foreign = await screenOf(stranger)
    expect(await refusalOf(screen, `chat:${id}`)).toBe(103)
    expect(await refusalOf(foreign, `chat:${id}`)).toBe(103)
    expect(await refusalOf(screen, 'chat:999999')).toBe(103)
    expect(await refusalOf(screen, `user:${ann.id}`)).toBe(103)
    expect(await refusalOf(screen, 'org:globex')).toBe(103)
    expect(await refusalOf(foreign, `status:acme:${bob.id}`)).toBe(103)
    expect(await refusalOf(foreign, `status:globex:${bob.id}`)).toBe(103)
    expect(await refusalOf(screen, `status:acme:${ann.id}`)).toBeNull()
    expect(await refusalOf(screen, 'nothing:1')).toBe(102)
    expect(await workspace.call(bob, '/chat/subscribe-token', { conversationId: id })).toMatchObject({
      status: 403,
    })
    expect(await workspace.call(stranger, '/chat/subscribe-token', { conversationId: id })).toMatchObject({
      status: 404,
    })
  })

  it('need a token that is good, where there is one', async () => {
    const id = await group([bob])
    const other = await group([bob])
    const screen = await screenOf(bob)
    const chat = `chat:${id}`
    expect(await refusalOf(screen, chat)).toBeNull()
    expect(await refusalOf(screen, chat, await subscribeToken(workspace, bob, id))).toBeNull()
    expect(await refusalOf(screen, chat, await subscribeToken(workspace, bob, other))).toBe(103)
    expect(await refusalOf(screen, chat, await subscribeToken(workspace, ann, id))).toBe(103)
    expect(await refusalOf(screen, chat, await connectionToken(workspace, bob))).toBe(103)
    const secret = await readRealtimeSecret(database())
    const past = createTokens(secret, () => Date.now() - HOUR_MS - 1000)
    const { token } = await past.subscriptionToken(bob.id, chat)
    const renewed = screen.subscribe(chat, { token, getToken: () => subscribeToken(workspace, bob, id) })
    await renewed.ready()
  })

  it('of a removed member end at once, and do not come back with an older token', async () => {
    const id = await group([bob])
    const token = await subscribeToken(workspace, bob, id)
    const screen = await screenOf(bob)
    const subscription = screen.subscribe(`chat:${id}`, { token })
    await subscription.ready()
    const ended = new Promise((resolve) => subscription.on('unsubscribed', ({ code }) => resolve(code)))
    await act(ann, `/chat/conversations/${id}/members/remove`, { userId: bob.id })
    expect(await ended).toBe(2000)
    expect(await refusalOf(await screenOf(bob), `chat:${id}`, token)).toBe(103)
  })

  it.skipIf(store === 'embedded')('are the same in every process', async () => {
    const id = await group([bob])
    const chat = `chat:${id}`
    const second = await openWorkspace(database())
    const there = await listen(second.server)
    const elsewhere = openScreen(there.url, () => connectionToken(workspace, bob))
    const screens = [await screenOf(bob), elsewhere]
    const subscriptions = screens.map((screen) => screen.subscribe(chat))
    await Promise.all(subscriptions.map((subscription) => subscription.ready()))
    await workspace.send(ann, id, '1')
    await second.send(ann, id, '2')
    const [here, both] = await Promise.all(screens.map((screen) => screen.hears(chat, 2)))
    expect(here).toEqual(both)
    await expect
      .poll(() => screens.map(({ heard }) => heard.findLast(({ type }) => type === 'unread.updated')?.data))
      .toMatchObject([{ unread: 2 }, { unread: 2 }])
    const ended = subscriptions.map(
      (subscription) =>
        new Promise((resolve) => subscription.on('unsubscribed', ({ code }) => resolve(code))),
    )
    await act(ann, `/chat/conversations/${id}/members/remove`, { userId: bob.id })
    expect(await Promise.all(ended)).toEqual([2000, 2000])
    elsewhere.client.disconnect()
    await second.close()
  })

  it('of who is in no row end when a channel is closed to the organisation', async () => {
    const channel = { type: 'channel', visibility: 'org', name: 'lobby' }
    const { id } = await workspace.conversation(ann, channel)
    const [outsider, insider] = await Promise.all([screenOf(bob), screenOf(ann)])
    const subscriptions = [outsider, insider].map((screen) => screen.subscribe(`chat:${id}`))
    await Promise.all(subscriptions.map((subscription) => subscription.ready()))
    const ended = new Promise((resolve) => subscriptions[0]?.on('unsubscribed', ({ code }) => resolve(code)))
    await act(ann, `/chat/conversations/${id}/update`, { visibility: 'private', name: 'a secret' })
    expect(await ended).toBe(2000)
    const names = (heard: Heard[]) => heard.map(({ data }) => data['conversation']).map(nameOf)
    expect(names(await insider.hears(`chat:${id}`, 2))).toEqual(['lobby', 'a secret'])
    expect(subscriptions[1]?.state).toBe('subscribed')
    const told = outsider.heard.filter(({ type }) => type === 'conversation.updated')
    expect(told.map(({ channel }) => channel).sort()).toEqual([`chat:${id}`, 'org:acme'])
    expect(names(told)).toEqual(['lobby', 'lobby'])
  })

  it('bring a newcomer nothing of what was written before, where history begins with joining', async () => {
    const id = await group([bob], { historyMode: 'since_join' })
    const chat = `chat:${id}`
    const old = await workspace.send(ann, id, 'Between us')
    const screen = await screenOf(bob)
    const subscription = screen.subscribe(chat)
    const subscribed = () =>
      new Promise<SubscribedContext>((resolve) => subscription.once('subscribed', resolve))
    await subscription.ready()
    const gone = new Promise((resolve) => subscription.once('unsubscribed', resolve))
    await act(ann, `/chat/conversations/${id}/members/remove`, { userId: bob.id })
    await gone
    const secret = await workspace.send(ann, id, 'Now that he is gone')
    await act(ann, `/chat/conversations/${id}/members/add`, { userIds: [bob.id] })
    await expect
      .poll(() => screen.heard.map(({ type }) => type).join())
      .toMatch(/removed.*conversation.added/)
    const again = subscribed()
    subscription.subscribe()
    // It remembers where it was, and asks from there.
    expect(await again).toMatchObject({ wasRecovering: true, recovered: false })
    const before = screen.heard.filter(({ channel }) => channel === chat).length
    await act(ann, `/chat/messages/${secret.id}/update`, { content: 'Now that he is back' })
    await act(ann, `/chat/messages/${old.id}/reactions/add`, { emoji: '👍' })
    const seen = await workspace.send(ann, id, 'Welcome')
    await act(ann, `/chat/messages/${seen.id}/pin`)
    const heard = (await screen.hears(chat, before + 2)).slice(before)
    expect(heard.map(({ type }) => type)).toEqual(['message.created', 'message.pinned'])
    const back = subscribed()
    address.drop()
    await act(ann, `/chat/messages/${secret.id}/update`, { content: 'x' })
    await act(ann, `/chat/messages/${seen.id}/unpin`)
    expect(await back).toMatchObject({ wasRecovering: true, recovered: true })
    expect((await screen.hears(chat, before + 3)).slice(before + 2).map(({ type }) => type)).toEqual([
      'message.unpinned',
    ])
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { engineSuite } from '../../../centrifuge/test/engine-suite.ts'
import { updateConversation } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, ConversationId } from '../../src/core/types.ts'
import { personalChannel, personalEvents } from '../../src/dialects/marketplace/events.ts'
import { chatChannel, orgChannel, userChannel } from '../../src/dialects/workspace/channels.ts'
import { chatEvents, orgEvents } from '../../src/dialects/workspace/events.ts'
import { unreadText, userEvents } from '../../src/dialects/workspace/user-events.ts'
import { createLogEngine } from '../../src/realtime/transports/log-engine.ts'
import { createUnreadReader } from '../../src/realtime/unread.ts'
import { newColleague } from '../core/workspace-scene.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('the log', (database, store) => {
  let test: TestChat
  const stop = new AbortController()
  const senders = new Map<string, { companion: Actor; id: ConversationId }>()
  const channels = new Map<string, () => Promise<unknown>>()

  beforeAll(async () => (test = await openTestChat(database())))
  afterAll(async () => {
    stop.abort()
    await test.close()
  })

  function engine() {
    const { chat, hub, log } = test
    const blobUrl = (key: string) => `/blobs/${key}`
    const faults = (error: unknown) => {
      throw error
    }
    const readUnread = createUnreadReader({
      db: chat.db,
      view: unreadText,
      onError: faults,
      signal: stop.signal,
    })
    return createLogEngine({
      db: chat.db,
      hub,
      log,
      channels: [personalEvents(blobUrl), chatEvents(blobUrl), userEvents(chat, readUnread), orgEvents()],
    })
  }

  async function newChannel(): Promise<string> {
    const owner = await newActor(test.chat)
    const companion = await newActor(test.chat)
    const channel = personalChannel(owner.userId)
    const id = await newConversation(test.chat, owner, companion)
    senders.set(channel, { companion, id })
    channels.set(channel, () => say(companion, id))
    return channel
  }

  async function newChat(): Promise<string> {
    const owner = await newColleague(test.chat)
    const id = await newGroup(owner)
    channels.set(chatChannel(id), () => say(owner, id))
    return chatChannel(id)
  }

  async function newUser(): Promise<string> {
    const user = await newColleague(test.chat)
    const friend = await newColleague(test.chat)
    channels.set(userChannel(user.userId), () => newGroup(friend, user))
    return userChannel(user.userId)
  }

  let orgs = 0
  async function newOrg(): Promise<string> {
    const org = `org ${++orgs}`
    const owner = await newColleague(test.chat, org)
    const input = { type: 'channel', visibility: 'org', historyMode: 'all', name: 'Lobby' } as const
    const { overview } = await createConversation(test.chat, owner, input)
    const { id } = overview.conversation
    let names = 0
    channels.set(orgChannel(org), () =>
      updateConversation(test.chat, owner, id, { name: `Lobby ${++names}` }),
    )
    return orgChannel(org)
  }

  async function newGroup(owner: Actor, ...others: Actor[]): Promise<ConversationId> {
    const memberIds = others.map(({ userId }) => userId)
    const input = { type: 'group', visibility: 'private', historyMode: 'all', memberIds } as const
    return (await createConversation(test.chat, owner, input)).overview.conversation.id
  }

  const say = (actor: Actor, conversationId: ConversationId) =>
    sendMessage(test.chat, actor, { conversationId, type: 'text', text: 'x' })

  async function publish(channel: string): Promise<void> {
    await channels.get(channel)?.()
    await test.settled()
  }

  engineSuite(`the log on ${store}`, () => ({ engine: engine(), newChannel, publish }))
  engineSuite(`chat: on ${store}`, () => ({ engine: engine(), newChannel: newChat, publish }))
  engineSuite(`user: on ${store}`, () => ({ engine: engine(), newChannel: newUser, publish }))
  engineSuite(`org: on ${store}`, () => ({ engine: engine(), newChannel: newOrg, publish }))

  it('carries nobody else’s events, and only what the dialect can say', async () => {
    const channel = await newChannel()
    await publish(channel)
    const { publications } = await engine().history(channel, { limit: 10 })
    expect(publications.map(({ data }) => JSON.parse(String(data)) as unknown)).toMatchObject([
      { type: 'message.new' },
    ])
    expect(await engine().history(await newChannel(), { limit: 10 })).toMatchObject({ publications: [] })
  })

  it('serves no channel of another name', async () => {
    for (const channel of [
      'personal:#',
      'personal:#x',
      'personal:#01',
      'chat:01',
      'user:a b',
      'personal:42',
    ]) {
      await expect(engine().history(channel, { limit: 1 })).rejects.toMatchObject({ code: 102 })
    }
  })

  it('does not take events that this viewer does not hear of for the end of the stream', async () => {
    const channel = await newChannel()
    const { position: since } = await engine().history(channel, { limit: 0 })
    await publish(channel)
    const sender = senders.get(channel)
    if (!sender) throw new Error('no such channel')
    // Of the companion's own reading the companion hears nothing.
    await markRead(test.chat, sender.companion, sender.id)
    await publish(channel)
    const companion = personalChannel(sender.companion.userId)
    const { publications, complete } = await engine().history(companion, { since, limit: 1 })
    expect({ count: publications.length, complete }).toEqual({ count: 1, complete: false })
  })

  it('tells a client from before the last pruning that something is missing', async () => {
    const channel = await newChannel()
    const { position } = await engine().history(channel, { limit: 0 })
    await publish(channel)
    await test.chat.db.query('update event_log set pruned = $1', [position.offset + 1])
    expect(await engine().history(channel, { since: position, limit: 10 })).toMatchObject({ complete: false })
    await test.chat.db.query('update event_log set pruned = 0')
    expect(await engine().history(channel, { since: position, limit: 10 })).toMatchObject({ complete: true })
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { engineSuite } from '../../../centrifuge/test/engine-suite.ts'
import { sendMessage } from '../../src/core/messages.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, ConversationId } from '../../src/core/types.ts'
import { personalChannel, personalEvents } from '../../src/dialects/marketplace/events.ts'
import { createLogEngine } from '../../src/realtime/transports/log-engine.ts'
import { newActor, newConversation, openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('the log', (database, store) => {
  let test: TestChat
  const senders = new Map<string, { companion: Actor; id: ConversationId }>()

  beforeAll(async () => (test = await openTestChat(database())))
  afterAll(() => test.close())

  const engine = () =>
    createLogEngine({
      db: test.chat.db,
      hub: test.hub,
      log: test.log,
      channels: [personalEvents((key) => `/blobs/${key}`)],
    })

  async function newChannel(): Promise<string> {
    const owner = await newActor(test.chat)
    const companion = await newActor(test.chat)
    const channel = personalChannel(owner.userId)
    senders.set(channel, { companion, id: await newConversation(test.chat, owner, companion) })
    return channel
  }

  async function publish(channel: string): Promise<void> {
    const sender = senders.get(channel)
    if (!sender) throw new Error('no such channel')
    await sendMessage(test.chat, sender.companion, { conversationId: sender.id, type: 'text', text: 'x' })
    await test.settled()
  }

  engineSuite(`the log on ${store}`, () => ({ engine: engine(), newChannel, publish }))

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
    for (const channel of ['personal:#', 'personal:#x', 'personal:#01', 'chat:1', 'personal:42']) {
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

import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listConversations } from '../../src/core/conversations.ts'
import { createConversation } from '../../src/core/creation.ts'
import { ChatError } from '../../src/core/errors.ts'
import { addMembers, leaveConversation } from '../../src/core/members.ts'
import { deleteMessage } from '../../src/core/message-changes.ts'
import { sendMessage } from '../../src/core/sending.ts'
import { updatePreferences } from '../../src/core/preferences.ts'
import { markRead } from '../../src/core/receipts.ts'
import type { Actor, Chat, MessageId } from '../../src/core/types.ts'
import { readRealtimeSecret } from '../../src/db/settings.ts'
import { createTokens } from '../../src/dialects/workspace/tokens.ts'
import type { Tokens } from '../../src/dialects/workspace/tokens.ts'
import { newColleague } from '../core/workspace-scene.ts'
import { eachStore } from '../support/databases.ts'
import { listen, openScreen } from '../support/screen.ts'
import type { Address } from '../support/screen.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'

const act = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  where: fc.integer({ min: 0, max: 2 }),
  what: fc.constantFrom('send', 'send', 'name', 'read', 'delete', 'delete', 'leave', 'return', 'drop'),
})
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

eachStore('the counts that a client has heard', (database) => {
  let workspace: Workspace
  let address: Address
  let tokens: Tokens

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    address = await listen(workspace.server)
    tokens = createTokens(await readRealtimeSecret(database()))
  })
  afterAll(() => workspace.close())

  it('equal the database’s, whoever writes, reads, deletes, leaves and drops', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(act, { maxLength: 6 }), { minLength: 1, maxLength: 8 }),
        async (rounds) => {
          const people = await scene(workspace.server.chat, address, tokens)
          for (const acts of rounds) await Promise.all(acts.map(people.act))
          await people.expectCountsToBeRight()
          people.close()
        },
      ),
      { numRuns: 15 },
    )
  }, 60_000)
})

let orgs = 0

/** Three colleagues, each with a screen: a channel of the organisation, a group, and conversations of two. */
async function scene(chat: Chat, address: Address, tokens: Tokens) {
  const org = `unread-${++orgs}`
  const [ann, bob, cid] = [
    await newColleague(chat, org),
    await newColleague(chat, org),
    await newColleague(chat, org),
  ]
  const actors = [ann, bob, cid] as const
  const open = async (type: 'dm' | 'group' | 'channel', ...others: Actor[]) => {
    const memberIds = others.map(({ userId }) => userId)
    const visibility = type === 'channel' ? 'org' : 'private'
    const name = type === 'channel' ? 'lobby' : null
    const input = { type, visibility, historyMode: 'all', name, memberIds } as const
    return (await createConversation(chat, ann, input)).overview.conversation.id
  }
  const ids = [
    await open('channel'),
    await open('group', bob, cid),
    await open('dm', bob),
    await open('dm', cid),
  ] as const
  // Whoever has looked at the list is in the channel.
  for (const actor of actors) await listConversations(chat, actor, { limit: 10 })
  const screens = actors.map(({ userId }) =>
    openScreen(
      address.url,
      async () => (await tokens.connectionToken({ userId, org, sessionId: null })).token,
    ),
  )
  await Promise.all(screens.map(({ client }) => client.ready()))
  const own = new Map<Actor, MessageId>()

  async function run({ who, where, what }: Act): Promise<void> {
    const actor = actors[who] ?? ann
    const id = ids[where] ?? ids[0]
    switch (what) {
      case 'send':
      case 'name': {
        const mentions = what === 'name' ? [ann.userId, bob.userId] : []
        const input = { conversationId: id, type: 'text', text: 'x', mentions } as const
        own.set(actor, (await sendMessage(chat, actor, input)).message.id)
        return
      }
      case 'read':
        await markRead(chat, actor, id)
        return
      case 'delete':
        await deleteMessage(chat, actor, own.get(actor) ?? 0)
        return
      case 'leave':
        return actor === ann ? undefined : leaveConversation(chat, actor, id)
      case 'return':
        return addMembers(chat, ann, id, [actor.userId])
      case 'drop':
        address.drop()
    }
  }

  async function expectCountsToBeRight(): Promise<void> {
    await numbered(chat)
    for (const [n, actor] of actors.entries()) {
      const screen = screens[n]
      const place = ids[n === 2 ? 3 : 2]
      await updatePreferences(chat, actor, place, { starred: true })
      // Everything before it has been heard when this has.
      await expect
        .poll(() => screen?.heard.some(({ type }) => type === 'conversation.preferences'), { timeout: 5000 })
        .toBe(true)
      const heard = new Map<unknown, unknown>()
      for (const { type, data } of screen?.heard ?? [])
        if (type === 'unread.updated') heard.set(data['conversationId'], [data['unread'], data['mentions']])
      for (const { conversation, unread, mentions } of await listConversations(chat, actor, { limit: 10 }))
        expect(heard.get(String(conversation.id)) ?? [0, 0]).toEqual([unread, mentions])
    }
  }

  return {
    act: (what: Act) => run(what).catch(ignoreRefusal),
    expectCountsToBeRight,
    close: () => screens.forEach(({ client }) => client.disconnect()),
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof ChatError)) throw error
}

/** Until everything that has been committed has its place in the log. */
async function numbered({ db }: Chat): Promise<void> {
  const open = async () => (await db.query('select from events where position is null limit 1')).length
  await expect.poll(open).toBe(0)
}

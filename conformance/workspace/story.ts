import { describe, expect, test } from 'vitest'
import { problem, type Colleague } from '../support/colleague.ts'
import type { Input } from '../support/described-api.ts'
import type { Hearing } from '../support/hearing.ts'
import { channel, contents, group, say, type Team } from '../support/team.ts'

/** A team's day, each with the official client. */
export function story(team: Team) {
  async function three() {
    const org = team.org()
    const [anna, boris, clara] = [
      await team.colleague({ org }),
      await team.colleague({ org }),
      await team.colleague({ org }),
    ]
    return { org, anna, boris, clara }
  }

  async function both(anna: Colleague, boris: Colleague, conversationId: string) {
    const hearings: [Hearing, Hearing] = [await team.hear(anna), await team.hear(boris)]
    for (const hearing of hearings) await hearing.subscribe(`chat:${conversationId}`)
    return hearings
  }

  describe('conversations', () => {
    test('a dm is one for each pair, is told to the other, hides on leaving and returns with a message', async () => {
      const { anna, boris } = await three()
      const hearing = await team.hear(boris)
      const created = await anna.call('create-conversation', { type: 'dm', memberIds: [boris.id] })
      expect(created.status).toBe(201)
      const { data: found } = await boris.ask('create-conversation', { type: 'dm', memberIds: [anna.id] })
      expect(found).toMatchObject({ type: 'dm', visibility: 'private', members: { count: 2 } })
      expect(created.body).toMatchObject({ data: { id: found.id } })
      expect(await hearing.next('conversation.added')).toEqual({ conversationId: found.id })
      await boris.run('leave-conversation', { id: found.id })
      expect(await hearing.next('conversation.removed')).toEqual({ conversationId: found.id })
      expect((await boris.ask('list-conversations')).data).toEqual([])
      await say(anna, found.id, 'Are you there?')
      expect(await hearing.next('conversation.added')).toEqual({ conversationId: found.id })
      expect((await boris.ask('list-conversations')).data).toMatchObject([{ id: found.id, unread: 1 }])
    })

    test('ten people who open the same dm at once get one', async () => {
      const { anna, boris } = await three()
      const openings = Array.from({ length: 10 }, (_, n) =>
        (n % 2 === 0 ? anna : boris).ask('create-conversation', {
          type: 'dm',
          memberIds: [n % 2 === 0 ? boris.id : anna.id],
        }),
      )
      expect(new Set((await Promise.all(openings)).map(({ data }) => data.id)).size).toBe(1)
    })

    test('a group: members come and go, and everybody in it hears of it', async () => {
      const { anna, boris, clara } = await three()
      const { id } = await group(anna, [boris], { name: 'Plans' })
      const [forAnna, forBoris] = await both(anna, boris, id)
      const forClara = await team.hear(clara)
      await anna.run('add-conversation-member', { id, userIds: [clara.id, boris.id] })
      const added = { conversationId: id, seq: 2, userIds: [clara.id], by: anna.id }
      for (const hearing of [forAnna, forBoris]) expect(await hearing.next('member.added')).toEqual(added)
      expect(await forClara.next('conversation.added')).toEqual({ conversationId: id })
      await forClara.subscribe(`chat:${id}`)
      await anna.run('remove-conversation-member', { id, userId: clara.id })
      const removed = { conversationId: id, seq: 3, userId: clara.id, by: anna.id, ownerId: null }
      for (const hearing of [forAnna, forBoris]) expect(await hearing.next('member.removed')).toEqual(removed)
      expect(await forClara.next('conversation.removed')).toEqual({ conversationId: id })
      expect(await forClara.ended(`chat:${id}`)).toBeGreaterThan(0)
      await anna.run('leave-conversation', { id })
      const left = { conversationId: id, seq: 4, userId: anna.id, by: anna.id, ownerId: boris.id }
      expect(await forBoris.next('member.removed')).toEqual(left)
      expect((await boris.ask('get-conversation', { id })).data).toMatchObject({ role: 'owner', seq: 4 })
    })

    test('a removed member’s subscription ends at once, and no token brings it back', async () => {
      const { anna, boris } = await three()
      const { id } = await group(anna, [boris])
      const { data: token } = await boris.ask('get-subscribe-token', { conversationId: id })
      const [forAnna, forBoris] = await both(anna, boris, id)
      await anna.run('remove-conversation-member', { id, userId: boris.id })
      await forBoris.ended(`chat:${id}`)
      forBoris.rest()
      await say(anna, id, 'Now we are among ourselves')
      await forAnna.next('message.created')
      const again = forBoris.client.getSubscription(`chat:${id}`)
      if (again) forBoris.client.removeSubscription(again)
      const old = forBoris.client.newSubscription(`chat:${id}`, { token: token.token })
      const refused = new Promise((resolve) => old.once('unsubscribed', ({ code }) => resolve(code)))
      old.subscribe()
      expect(await refused).toBe(103)
      await team.settled(boris, forBoris)
      expect(forBoris.rest().filter(({ event }) => event.type === 'message.created')).toEqual([])
    })

    test('a group becomes a private channel: history, members and cursors stay', async () => {
      const { anna, boris } = await three()
      const { id } = await group(anna, [boris])
      const { id: lastReadMessageId } = await say(anna, id, 'Before')
      await boris.run('mark-conversation-read', { id })
      const [forAnna, forBoris] = await both(anna, boris, id)
      const { data } = await anna.ask('convert-conversation', { id, name: 'release-12' })
      expect(data).toMatchObject({ type: 'channel', visibility: 'private', name: 'release-12' })
      for (const hearing of [forAnna, forBoris]) {
        const { conversation } = await hearing.next('conversation.updated')
        expect(data).toMatchObject(conversation)
      }
      const after = (await boris.ask('get-conversation', { id })).data
      expect(after).toMatchObject({ readCursor: { lastReadMessageId }, unread: 0, members: { count: 2 } })
      expect(contents((await boris.ask('list-messages', { conversationId: id })).data)).toEqual(['Before'])
    })

    test('an open channel: everybody has it, told on org:, leaving hides and mutes, archiving closes', async () => {
      const { anna, boris, org } = await three()
      const hearing = await team.hear(boris)
      const { id } = await channel(anna, { name: 'General' })
      expect(await hearing.next('conversation.added')).toEqual({ conversationId: id })
      expect((await boris.ask('list-conversations')).data).toMatchObject([
        { id, role: 'member', members: null },
      ])
      await anna.ask('update-conversation', { id, name: 'Everybody', description: 'All of us' })
      const { conversation } = await hearing.next('conversation.updated', (_, from) => from === `org:${org}`)
      expect(conversation).toMatchObject({ name: 'Everybody', description: 'All of us' })
      await boris.run('leave-conversation', { id })
      expect(await hearing.next('conversation.removed')).toEqual({ conversationId: id })
      const { preferences } = await hearing.next('conversation.preferences')
      expect(preferences.muteUntil).toBe('forever')
      expect((await boris.ask('list-conversations')).data).toEqual([])
      await say(anna, id, 'Hello')
      expect((await boris.ask('list-conversations')).data).toEqual([])
      await say(boris, id, 'Hello back')
      expect((await boris.ask('list-conversations')).data).toMatchObject([{ id }])
      await anna.run('archive-conversation', { id })
      const { archivedAt } = await hearing.next('conversation.archived', (_, from) => from === `org:${org}`)
      const { data } = await boris.ask('list-conversations', { filter: 'archived' })
      expect(data).toMatchObject([{ id, archivedAt }])
      expect((await boris.ask('list-conversations')).data).toEqual([])
    })

    test('names nobody and nothing of another organisation or conversation', async () => {
      const { anna, boris } = await three()
      const foreigner = await team.colleague({ org: team.org() })
      const [one, two] = [await group(anna, [boris]), await group(anna)]
      const elsewhere = (await say(anna, two.id, 'Elsewhere')).id
      await say(anna, one.id, 'Here')
      const refused: [string, Input, string][] = [
        ['create-conversation', { type: 'dm', memberIds: [foreigner.id] }, 'memberIds'],
        ['create-conversation', { type: 'dm', memberIds: [anna.id] }, 'memberIds'],
        ['create-conversation', { type: 'group', memberIds: [boris.id, foreigner.id] }, 'memberIds'],
        ['add-conversation-member', { id: one.id, userIds: [foreigner.id] }, 'userIds'],
        ['send-message', { conversationId: one.id, content: '@', mentions: [foreigner.id] }, 'mentions'],
        ['send-message', { conversationId: two.id, content: '@', mentions: [boris.id] }, 'mentions'],
        ['send-message', { conversationId: one.id, content: 'x', replyToId: elsewhere }, 'replyToId'],
        ['mark-conversation-read', { id: one.id, lastReadMessageId: elsewhere }, 'lastReadMessageId'],
      ]
      for (const [operationId, input, field] of refused) {
        const reply = await anna.call(operationId, input)
        const fields = Object.keys(problem(reply, '/problems/invalid', 422) ?? {})
        expect([operationId, input, fields]).toEqual([operationId, input, [field]])
      }
      for (const place of ['before', 'after', 'around']) {
        const reply = await anna.call('list-messages', { conversationId: one.id, [place]: elsewhere })
        expect(reply.bytes.toString()).not.toContain('Elsewhere')
      }
    })

    test('one’s own preferences are one’s own, on every device', async () => {
      const { anna, boris } = await three()
      const { id } = await group(anna, [boris])
      const [phone, laptop] = [await team.hear(boris), await team.hear(boris)]
      const muteUntil = '2030-02-11T18:00:00.000Z'
      const wanted = { starred: true, muteUntil, notifyLevel: 'mentions' }
      const { data } = await boris.ask('update-conversation-preferences', { id, ...wanted })
      expect(data).toEqual(wanted)
      for (const device of [phone, laptop]) {
        const event = { conversationId: id, preferences: wanted }
        expect(await device.next('conversation.preferences')).toEqual(event)
      }
      expect((await boris.ask('list-conversations', { filter: 'starred' })).data).toMatchObject([{ id }])
      expect((await anna.ask('list-conversations', { filter: 'starred' })).data).toEqual([])
      const off = await boris.ask('update-conversation-preferences', { id, muteUntil: null })
      expect(off.data).toEqual({ ...wanted, muteUntil: null })
    })
  })

  describe('presence', () => {
    test('a status is told on status:<org>:<user>, to the organisation alone', async () => {
      const { org, anna, boris } = await three()
      const foreigner = await team.colleague({ org: team.org() })
      const hearing = await team.hear(boris)
      await hearing.subscribe(`status:${org}:${anna.id}`)
      await anna.run('update-presence-status', { status: 'busy' })
      const event = await hearing.next('status.changed', ({ status }) => status === 'busy')
      expect(event.userId).toBe(anna.id)
      const asked = { userIds: [anna.id] }
      expect((await boris.ask('get-presence-status', asked)).data).toEqual([
        { userId: anna.id, status: 'busy' },
      ])
      expect((await foreigner.ask('get-presence-status', asked)).data).toEqual([])
      const elsewhere = (await team.hear(foreigner)).client.newSubscription(`status:${org}:${anna.id}`)
      const refused = new Promise((resolve) => elsewhere.once('unsubscribed', ({ code }) => resolve(code)))
      elsewhere.subscribe()
      expect(await refused).toBe(103)
    })

    test('ids of every kind have a channel of their own', async () => {
      const org = `${team.org()}: a & b/ü#`
      const anna = await team.colleague({ org, id: 'anna:#/%20 ö@example.com' })
      const boris = await team.colleague({ org, id: 'борис' })
      const hearing = await team.hear(anna)
      await hearing.subscribe(`status:${encodeURIComponent(org)}:${encodeURIComponent(boris.id)}`)
      await boris.run('update-presence-status', { status: 'away' })
      expect((await hearing.next('status.changed', ({ status }) => status === 'away')).userId).toBe(boris.id)
      const { data } = await boris.ask('create-conversation', { type: 'dm', memberIds: [anna.id] })
      expect(await hearing.next('conversation.added')).toEqual({ conversationId: data.id })
    })
  })
}

import { expect, test } from 'vitest'
import { problem, type Colleague } from '../support/colleague.ts'
import type { Input } from '../support/described-api.ts'
import { channel, group, say, type Team } from '../support/team.ts'

/** Somebody who goes from one organisation to another. */
export function moving(team: Team) {
  async function scene() {
    const [old, next] = [team.org(), team.org()]
    const [anna, boris] = [await team.colleague({ org: old }), await team.colleague({ org: old })]
    const newBoss = await team.colleague({ org: next })
    const dm = (await anna.ask('create-conversation', { type: 'dm', memberIds: [boris.id] })).data
    const places = [dm, await group(anna, [boris]), await channel(anna, { name: 'Lobby' })]
    for (const { id } of places) await say(anna, id, 'Old secret')
    const move = (org: string) => team.colleague({ id: boris.id, org })
    return { old, next, anna, boris, newBoss, places, move }
  }

  const readings = (id: string, messageId: string): [string, Input][] => [
    ['get-conversation', { id }],
    ['list-messages', { conversationId: id }],
    ['search-messages', { query: 'secret', conversationId: id }],
    ['list-pinned-messages', { id }],
    ['list-conversation-attachments', { id }],
    ['get-subscribe-token', { conversationId: id }],
    ['send-message', { conversationId: id, content: 'Still here?' }],
    ['add-reaction', { id: messageId, emoji: '👀' }],
    ['mark-conversation-read', { id }],
    ['leave-conversation', { id }],
  ]

  test('who has gone to another organisation reads nothing of the old one, and is no one to name there', async () => {
    const { next, anna, boris, newBoss, places, move } = await scene()
    const pinned = await Promise.all(
      places.map(async ({ id }) => (await anna.ask('get-conversation', { id })).data.lastMessage),
    )
    await boris.ask('list-conversations')
    await move(next)
    for (const [n, { id }] of places.entries()) {
      for (const [operationId, input] of readings(id, pinned[n]?.id ?? '')) {
        const reply = await boris.call(operationId, input)
        expect(`${operationId} ${reply.status}`).toBe(`${operationId} 404`)
        problem(reply, '/problems/not-found', 404)
      }
    }
    expect((await boris.ask('list-conversations')).data).toEqual([])
    expect((await boris.ask('search-messages', { query: 'secret' })).data).toEqual([])
    expect((await boris.ask('get-presence-status', { userIds: [anna.id] })).data).toEqual([])
    expect((await anna.ask('get-presence-status', { userIds: [boris.id] })).data).toEqual([])
    const refused = await anna.call('create-conversation', { type: 'group', memberIds: [boris.id] })
    problem(refused, '/problems/invalid', 422)
    const fresh = await group(newBoss, [boris])
    expect((await boris.ask('list-conversations')).data).toMatchObject([{ id: fresh.id }])
  })

  test('hears nothing of it, neither on open channels nor on coming back, and all of the new one', async () => {
    const { old, next, anna, boris, newBoss, places, move } = await scene()
    const hearing = await team.hear(boris)
    for (const { id } of places) await hearing.subscribe(`chat:${id}`)
    await hearing.subscribe(`status:${old}:${anna.id}`)
    await move(next)
    for (const { id } of places) expect(await hearing.ended(`chat:${id}`)).toBe(103)
    expect(await hearing.ended(`status:${old}:${anna.id}`)).toBe(103)
    await hearing.client.ready()
    hearing.rest()
    const speakOfIt = async () => {
      for (const { id } of places) await say(anna, id, 'New secret')
      await anna.run('update-presence-status', { status: 'busy' })
      await anna.ask('update-conversation', { id: places[2]?.id, name: 'New secret lobby' })
    }
    await speakOfIt()
    await hearing.cut()
    await speakOfIt()
    await hearing.restore()
    await welcome(newBoss, boris)
    await hearing.next('conversation.added')
    await team.settled(boris, hearing)
    const ids = places.map(({ id }) => id)
    expect(hearing.rest().filter(({ event }) => ids.includes(placeOf(event)))).toEqual([])

    await move(old)
    await hearing.client.ready()
    expect((await boris.ask('list-conversations')).data.map(({ id }) => id).sort()).toEqual(ids.sort())
  })

  const welcome = (boss: Colleague, newcomer: Colleague) => group(boss, [newcomer])
  const placeOf = ({ data }: { data: object }) =>
    'conversationId' in data ? String(data.conversationId) : ''
}

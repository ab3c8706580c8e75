import { expect, test } from 'vitest'
import { channel, say, type Team } from '../support/team.ts'

/** An organisation whose people the database has already: `crowd-1`, `crowd-2`, … */
export const CROWD = { org: 'crowd', people: 10_000 }

export function crowd(team: Team) {
  const { org, people } = CROWD
  const ids = Array.from({ length: people }, (_, n) => `${org}-${n + 1}`)

  test('an open channel of ten thousand is created, written in, listed, counted, read and left like any other', async () => {
    const [anna, boris] = [
      await team.colleague({ org, id: ids[0] ?? '' }),
      await team.colleague({ org, id: ids.at(-1) ?? '' }),
    ]
    const { id } = await channel(anna, { name: 'All hands' })
    const latecomer = await team.colleague({ org })
    await boris.ask('list-conversations')
    const hearing = await team.hear(boris)
    await hearing.subscribe(`chat:${id}`)
    const sent = await say(anna, id, 'Welcome, all of you', { mentions: [boris.id] })
    expect((await hearing.next('message.created')).message.id).toBe(sent.id)
    expect(await hearing.next('unread.updated')).toEqual({ conversationId: id, unread: 1, mentions: 1 })
    for (const person of [boris, latecomer]) {
      expect((await person.ask('list-conversations')).data).toMatchObject([{ id, members: null }])
      expect((await person.ask('list-messages', { conversationId: id })).data).toEqual([sent])
      expect((await person.ask('get-conversation', { id })).data).toMatchObject({ role: 'member' })
    }
    await boris.run('mark-conversation-read', { id })
    expect((await boris.ask('get-conversation', { id })).data).toMatchObject({ unread: 0, mentions: 0 })
    await latecomer.run('leave-conversation', { id })
    await say(boris, id, 'Thank you')
    expect((await latecomer.ask('list-conversations')).data).toEqual([])
    expect((await anna.ask('get-conversation', { id })).data).toMatchObject({ unread: 1 })
    const { data } = await anna.ask('get-presence-status', { userIds: ids.slice(0, 1000) })
    expect(data).toHaveLength(1000)
  })
}

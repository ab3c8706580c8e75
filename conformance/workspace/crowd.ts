import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { putUser } from '../support/host.ts'
import { channel, say, type Team } from '../support/team.ts'

const MEMBERS = 1000

export function crowd(team: Team, chat: Chat) {
  describe('an open channel of an organisation of a thousand', () => {
    test(
      'is created, written in, listed, counted, read and left like any other',
      { timeout: 120_000 },
      async () => {
        const org = team.org()
        const people = Array.from({ length: MEMBERS }, (_, n) => `${org}-${n}`)
        const work = people.values()
        const workers = Array.from({ length: 16 }, async () => {
          for (const id of work) await putUser(chat.server(), id, { display_name: id, org })
        })
        await Promise.all(workers)
        const [anna, boris] = [
          await team.colleague({ org, id: people[0] ?? '' }),
          await team.colleague({ org, id: people.at(-1) ?? '' }),
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
        const { data } = await anna.ask('get-presence-status', { userIds: people })
        expect(data).toHaveLength(MEMBERS)
      },
    )
  })
}

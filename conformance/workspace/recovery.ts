import { describe, expect, test } from 'vitest'
import { group, say, type Team } from '../support/team.ts'

export function recovery(team: Team) {
  async function listening() {
    const org = team.org()
    const [anna, boris] = [await team.colleague({ org }), await team.colleague({ org })]
    const { id } = await group(anna, [boris])
    const hearing = await team.hearNow(boris)
    await hearing.subscribe(`chat:${id}`)
    const sequence = () =>
      hearing.heard.flatMap(({ channel, event }) =>
        channel === `chat:${id}` && 'seq' in event.data ? [event.data.seq] : [],
      )
    return { org, anna, boris, id, hearing, sequence }
  }

  describe('a client whose line was cut', () => {
    test('gets what it missed, in order and once, on every channel', async () => {
      const { anna, id, hearing, sequence } = await listening()
      for (let round = 0; round < 5; round++) {
        await say(anna, id, `Heard ${round}`)
        await hearing.cut()
        const message = await say(anna, id, `Missed ${round}`)
        await anna.run('add-reaction', { id: message.id, emoji: '👍' })
        await anna.ask('update-conversation', { id, name: `Round ${round}` })
        const recovered = await hearing.restore()
        expect([...recovered.values()]).toEqual([...recovered].map(() => true))
        expect([...recovered.keys()]).toContain(`chat:${id}`)
      }
      const { seq } = (await anna.ask('get-conversation', { id })).data
      await hearing.saw('the last change', () => sequence().includes(seq))
      expect(sequence()).toEqual(Array.from({ length: seq - 1 }, (_, n) => n + 2))
      await hearing.next('unread.updated', ({ unread }) => unread === 10)
    })

    test('hears of a conversation that it was added to meanwhile', async () => {
      const { org, boris, hearing } = await listening()
      const clara = await team.colleague({ org })
      await hearing.cut()
      const { id } = await group(clara, [boris])
      await say(clara, id, 'Hello')
      await hearing.restore()
      expect(await hearing.next('conversation.added')).toEqual({ conversationId: id })
      expect(await hearing.next('unread.updated')).toEqual({ conversationId: id, unread: 1, mentions: 0 })
    })

    test('is refused what it was removed from meanwhile, and hears nothing of it', async () => {
      const { anna, boris, id, hearing } = await listening()
      await hearing.cut()
      await say(anna, id, 'Said while it was still a member')
      await anna.run('remove-conversation-member', { id, userId: boris.id })
      await say(anna, id, 'Said afterwards')
      await hearing.restore()
      expect(await hearing.ended(`chat:${id}`)).toBeGreaterThan(0)
      await hearing.next('conversation.removed')
      await team.settled(boris, hearing)
      expect(JSON.stringify(hearing.heard)).not.toContain('Said afterwards')
    })

    test('hears that it must fetch anew when it missed more than is kept', async () => {
      const { anna, id, hearing, sequence } = await listening()
      await say(anna, id, 'Seen')
      await hearing.next('message.created')
      await hearing.cut()
      for (let batch = 0; batch < 20; batch++)
        await Promise.all(Array.from({ length: 16 }, () => say(anna, id, 'Too many')))
      const recovered = await hearing.restore()
      expect(recovered.get(`chat:${id}`)).toBe(false)
      const { content } = await say(anna, id, 'Live again')
      expect((await hearing.next('message.created')).message.content).toBe(content)
      expect(sequence()).toHaveLength(2)
    })
  })
}

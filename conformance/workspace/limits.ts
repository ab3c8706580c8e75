import { expect, test } from 'vitest'
import { problem } from '../support/colleague.ts'
import { group, say, type Team } from '../support/team.ts'

export function limits(team: Team) {
  const colleagues = (org: string, count: number) =>
    Promise.all(Array.from({ length: count }, () => team.colleague({ org })))

  test('100 messages are pinned in a conversation, and the next when one of them no longer is', async () => {
    const anna = await team.colleague({ org: team.org() })
    const { id } = await group(anna)
    const ids: string[] = []
    for (let n = 0; n < 101; n++) ids.push((await say(anna, id, `${n}`)).id)
    const [first, ...others] = ids
    for (const messageId of others) await anna.run('pin-message', { id: messageId })
    problem(await anna.call('pin-message', { id: first }), '/problems/conflict', 409)
    await anna.run('pin-message', { id: others[0] })
    const pinned = async () => (await anna.ask('list-pinned-messages', { id, limit: 100 })).data
    expect((await pinned()).map((message) => message.id)).toEqual(others.reverse())
    await anna.run('unpin-message', { id: others[0] })
    await anna.run('pin-message', { id: first })
    expect(await pinned()).toHaveLength(100)
  })

  test('of 25 who react the first 20 are named, all are counted, and the 21st moves up', async () => {
    const people = await colleagues(team.org(), 25)
    const [anna, ...others] = people
    if (!anna) throw new Error('nobody is there')
    const { id } = await group(anna, others)
    const { id: messageId } = await say(anna, id, 'Cake in the kitchen')
    const reaction = { id: messageId, emoji: '🎂' }
    for (const person of people) await person.run('add-reaction', reaction)
    const shownTo = async (person = anna) =>
      (await person.ask('list-messages', { conversationId: id })).data[0]?.reactions
    const ids = people.map((person) => person.id)
    const shown = { emoji: '🎂', count: 25, userIds: ids.slice(0, 20), mine: true }
    expect(await shownTo(anna)).toEqual([shown])
    expect(await shownTo(people.at(-1)), 'one who is not named').toEqual([shown])
    await anna.run('remove-reaction', reaction)
    const moved = { ...shown, count: 24, userIds: ids.slice(1, 21) }
    expect(await shownTo(people.at(-1))).toEqual([moved])
    expect(await shownTo(anna)).toEqual([{ ...moved, mine: false }])
  })

  test('a message has 50 different reactions and takes more of those', async () => {
    const [anna, boris] = await colleagues(team.org(), 2)
    if (!anna || !boris) throw new Error('nobody is there')
    const { id } = await group(anna, [boris])
    const { id: messageId } = await say(anna, id, 'Everybody choose')
    for (let n = 0; n < 50; n++) await anna.run('add-reaction', { id: messageId, emoji: `:${n}:` })
    problem(await anna.call('add-reaction', { id: messageId, emoji: ':50:' }), '/problems/conflict', 409)
    await boris.run('add-reaction', { id: messageId, emoji: ':49:' })
    const [message] = (await boris.ask('list-messages', { conversationId: id })).data
    expect(message?.reactions).toHaveLength(50)
  })
}

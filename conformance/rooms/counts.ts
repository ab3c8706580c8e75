import fc from 'fast-check'
import { expect, test } from 'vitest'
import { historyOf, room, say, type Friend, type Friends } from '../support/friends.ts'

interface Step {
  act: string
  who: number
  /** Chooses among people and messages. */
  what: number
}

const acts = [
  'send',
  'send',
  'send',
  'send',
  'reply',
  'read',
  'read',
  'delete',
  'delete',
  'remove',
  'add',
  'edit',
]

const steps = fc.array(fc.record({ act: fc.constantFrom(...acts), who: fc.nat(3), what: fc.nat(100) }), {
  minLength: 50,
  maxLength: 50,
})

export function counts(friends: Friends) {
  /** Requests that may be refused, by what came before them; what is counted afterwards is the question. */
  async function take(people: Friend[], id: string, { act, who, what }: Step): Promise<void> {
    const [actor, other] = [people[who], people[what % people.length]]
    if (!actor || !other) throw new Error('nobody to act')
    const { body } = await actor.call('listMessages', { id })
    const listed = (body as { data?: { messages: { _id: string }[] } }).data?.messages ?? []
    const messageId = listed[what % Math.max(listed.length, 1)]?._id ?? '9007199254740991'
    const requests: Record<string, [string, object]> = {
      send: ['sendMessage', { content: `Text ${what}` }],
      reply: ['sendMessage', { content: 'Reply', replyToMessageId: messageId }],
      read: ['markRead', {}],
      delete: ['deleteMessage', { messageId }],
      edit: ['editMessage', { messageId, content: `Edited ${what}` }],
      remove: ['removeParticipant', { participantId: other.id }],
      add: ['addParticipant', { userId: other.id }],
    }
    const [operationId, input] = requests[act] ?? ['', {}]
    expect((await actor.call(operationId, { id, ...input })).status).toBeLessThan(500)
  }

  async function run(taken: Step[]): Promise<void> {
    const people = [...(await friends.friends(4))]
    const [owner] = people
    if (!owner) throw new Error('nobody is there')
    const { _id: id } = await room(owner, people.slice(1))
    for (const step of taken) await take(people, id, step)
    const member = await anyParticipant(people, id)
    if (!member) return
    const history = await historyOf(member, id)
    const { chat } = await member.ask('getChat', { id })
    const recount = chat.participants.map(({ userId }) => {
      const unread = history.filter(
        ({ senderId, type, deletedAt, readBy }) =>
          senderId !== userId && type !== 'system' && deletedAt === null && !readBy.includes(userId),
      )
      return [userId, unread.length]
    })
    expect(chat.unreadCounts).toEqual(Object.fromEntries(recount))
    for (const person of people) {
      const { totalUnread } = await person.ask('getChatStats')
      expect(totalUnread, person.id).toBe(chat.unreadCounts[person.id] ?? 0)
    }
  }

  async function anyParticipant(people: Friend[], id: string): Promise<Friend | undefined> {
    for (const person of people) if ((await person.call('getChat', { id })).status === 200) return person
    return undefined
  }

  test('after anything that several people do, unread counts are what the messages say', () =>
    fc.assert(fc.asyncProperty(steps, run), { numRuns: 3, seed: 5, endOnFailure: true }))

  test('nor does it matter that they do it at once', async () => {
    const [anna, boris, clara] = await friends.friends(3)
    const people = [anna, boris, clara]
    const { _id: id } = await room(anna, [boris, clara])
    for (let round = 0; round < 3; round++) {
      const sent = await Promise.all(people.flatMap((person) => [say(person, id, 'a'), say(person, id, 'b')]))
      await Promise.all([
        ...people.slice(round).map((person) => person.ask('markRead', { id })),
        ...sent
          .slice(0, 3)
          .map((message, n) =>
            people[Math.floor(n / 2)]?.ask('deleteMessage', { id, messageId: message._id }),
          ),
        ...people.map((person) => say(person, id, 'c')),
      ])
    }
    const history = await historyOf(anna, id)
    const { unreadCounts } = (await anna.ask('getChat', { id })).chat
    for (const person of people) {
      const unread = history.filter(
        (message) => !message.readBy.includes(person.id) && message.deletedAt === null,
      )
      expect(unreadCounts[person.id], person.id).toBe(unread.length)
    }
  })
}

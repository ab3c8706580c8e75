import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Colleague } from '../support/colleague.ts'
import type { Input } from '../support/described-api.ts'
import { channel, group, say, type Team } from '../support/team.ts'
import { catchUp, shown, snapshot, startReplica, type Replica } from './replica.ts'

interface Scene {
  people: Colleague[]
  replicas: Replica[]
  conversations: string[]
}

interface Step {
  act: string
  who: number
  where: number
  /** Chooses among messages, people and values. */
  what: number
}

interface Place {
  id: string
  /** A message of the conversation that the actor sees, where there is one. */
  message: string
  other: Colleague
  what: number
}

const emojis = ['👍', '🎉', ':party:']

/** Requests that may be refused, by what came before them; what they change is the question. */
const acts: Record<string, (place: Place) => [string, Input]> = {
  send: ({ id, what, other }) => [
    'send-message',
    { conversationId: id, content: `Text ${what}`, mentions: [other.id] },
  ],
  say: ({ id, what }) => ['send-message', { conversationId: id, content: `Words ${what}` }],
  reply: ({ id, message }) => ['send-message', { conversationId: id, content: 'Reply', replyToId: message }],
  edit: ({ message, what }) => ['edit-message', { id: message, content: `Edited ${what}` }],
  delete: ({ message }) => ['delete-message', { id: message }],
  react: ({ message, what }) => ['add-reaction', { id: message, emoji: emojis[what % 3] }],
  unreact: ({ message, what }) => ['remove-reaction', { id: message, emoji: emojis[what % 3] }],
  pin: ({ message }) => ['pin-message', { id: message }],
  unpin: ({ message }) => ['unpin-message', { id: message }],
  read: ({ id }) => ['mark-conversation-read', { id }],
  readUpTo: ({ id, message }) => ['mark-conversation-read', { id, lastReadMessageId: message }],
  prefer: ({ id, what }) => [
    'update-conversation-preferences',
    { id, starred: what % 2 === 0, notifyLevel: what % 3 === 0 ? 'none' : 'all' },
  ],
  mute: ({ id, what }) => [
    'update-conversation-preferences',
    { id, muteUntil: what % 2 === 0 ? 'forever' : null },
  ],
  type: ({ id }) => ['send-typing', { conversationId: id }],
  rename: ({ id, what }) => [
    'update-conversation',
    { id, name: `Name ${what}`, description: `About ${what}` },
  ],
  open: ({ id, what }) => ['update-conversation', { id, visibility: what % 2 === 0 ? 'org' : 'private' }],
  convert: ({ id }) => ['convert-conversation', { id, name: 'converted' }],
  add: ({ id, other }) => ['add-conversation-member', { id, userIds: [other.id] }],
  remove: ({ id, other }) => ['remove-conversation-member', { id, userId: other.id }],
  leave: ({ id }) => ['leave-conversation', { id }],
  archive: ({ id }) => ['archive-conversation', { id }],
  dm: ({ other }) => ['create-conversation', { type: 'dm', memberIds: [other.id] }],
  create: ({ other }) => ['create-conversation', { type: 'group', memberIds: [other.id] }],
}

/** The more often, the likelier. */
const likely = [
  'send',
  'send',
  'say',
  'reply',
  'edit',
  'delete',
  'react',
  'react',
  'unreact',
  'pin',
  'read',
  'readUpTo',
]
const weights = [
  ...Object.keys(acts).filter((name) => name !== 'archive' && name !== 'open'),
  ...likely,
  ...likely,
]

const steps = (names: string[], { size, drops }: { size: number; drops: boolean }) =>
  fc.array(
    fc.record({
      act: fc.constantFrom(...names, ...(drops ? ['cut', 'restore', 'cut', 'restore'] : [])),
      who: fc.nat(2),
      where: fc.nat(20),
      what: fc.nat(100),
    }),
    { minLength: size, maxLength: size },
  )

export function replay(team: Team) {
  async function setScene(): Promise<Scene> {
    const org = team.org()
    const people = [
      await team.colleague({ org }),
      await team.colleague({ org }),
      await team.colleague({ org }),
    ] as const
    const [anna, boris, clara] = people
    const conversations = [
      await group(anna, [boris, clara], { name: 'Three' }),
      await group(boris, [anna], { type: 'dm' }),
      await channel(clara, {
        visibility: 'private',
        name: 'since',
        historyMode: 'since_join',
        memberIds: [boris.id],
      }),
      await channel(anna, { name: 'open' }),
    ]
    for (const person of people) await person.ask('list-conversations')
    for (const { id } of conversations) {
      for (const person of people) await person.call('send-message', { conversationId: id, content: 'Hello' })
    }
    const replicas: Replica[] = []
    for (const person of people) replicas.push(await startReplica(person, await team.hear(person)))
    return { people: [...people], replicas, conversations: conversations.map(({ id }) => id) }
  }

  async function take(scene: Scene, { act, who, where, what }: Step, cut: Set<Replica>): Promise<void> {
    const [actor, replica] = [scene.people[who], scene.replicas[who]]
    const id = scene.conversations[where % scene.conversations.length]
    const other = scene.people[(who + 1 + (what % 2)) % 3]
    if (!actor || !replica || id === undefined || !other) throw new Error('nobody to act')
    if (act === 'cut' || act === 'restore') return toggle(replica, act, cut)
    const listed = await actor.call('list-messages', { conversationId: id })
    const { data = [] } = listed.body as { data?: { id: string }[] }
    const message = data[what % Math.max(data.length, 1)]?.id ?? '9007199254740991'
    const [operationId, input] = acts[act]?.({ id, message, other, what }) ?? ['', {}]
    const reply = await actor.call(operationId, input)
    if (operationId !== 'create-conversation' || reply.status !== 201) return
    scene.conversations.push((reply.body as { data: { id: string } }).data.id)
  }

  async function toggle(replica: Replica, act: 'cut' | 'restore', cut: Set<Replica>): Promise<void> {
    if (act === 'cut' && !cut.has(replica)) {
      cut.add(replica)
      await replica.hearing.cut()
    } else if (act === 'restore' && cut.delete(replica)) {
      const recovered = await replica.hearing.restore()
      expect([...recovered.values()].every(Boolean), 'nothing was missed for good').toBe(true)
    }
  }

  /** Everything that was published so far has been applied. */
  async function settle({ people, replicas, conversations }: Scene): Promise<void> {
    for (const id of conversations) {
      for (const person of people)
        await person.call('send-message', { conversationId: id, content: 'The end' })
    }
    for (const replica of replicas) {
      const { me, hearing } = replica
      await team.settled(me, hearing)
      await catchUp(replica)
      for (const id of replica.rows.keys()) {
        const { seq } = (await me.ask('get-conversation', { id })).data
        await hearing.saw(`change ${seq} of ${id}`, () => {
          const known = replica.rows.get(id)?.conversation.seq ?? seq
          return known >= seq || hearing.heard.some(({ event }) => isChange(event, id, seq))
        })
      }
      await catchUp(replica)
    }
  }

  const isChange = (event: { data: object }, id: string, seq: number) =>
    'conversationId' in event.data &&
    event.data.conversationId === id &&
    'seq' in event.data &&
    event.data.seq === seq

  async function run(taken: Step[]): Promise<void> {
    const scene = await setScene()
    const cut = new Set<Replica>()
    for (const [index, step] of taken.entries()) {
      await take(scene, step, cut)
      const replica = scene.replicas[index % 3]
      if (index % 5 === 0 && replica && !cut.has(replica)) await catchUp(replica)
    }
    for (const replica of cut) await toggle(replica, 'restore', cut)
    await settle(scene)
    for (const replica of scene.replicas) {
      expect(shown(replica), replica.me.id).toEqual(await snapshot(replica.me))
      await replica.hearing.close()
    }
  }

  describe('list, act, apply the events to the old list, list again', () => {
    const check = (names: string[], drops: boolean, seed: number) =>
      fc.assert(fc.asyncProperty(steps(names, { size: 60, drops }), run), {
        numRuns: 2,
        seed,
        endOnFailure: true,
      })

    test('is the same for three people', { timeout: 120_000 }, () => check(weights, false, 1))
    test('is the same when lines are cut and come back', { timeout: 120_000 }, () => check(weights, true, 7))
    test('is the same when conversations are opened, closed and archived', { timeout: 120_000 }, () =>
      check([...weights, 'open', 'open', 'archive'], true, 42),
    )

    test('is the same after a burst of everybody at once', { timeout: 120_000 }, async () => {
      const scene = await setScene()
      const [id = ''] = scene.conversations
      for (let round = 0; round < 5; round++) {
        const sending = scene.people.flatMap((person) => [say(person, id, 'a'), say(person, id, 'b')])
        const reading = scene.people.map((person) => person.run('mark-conversation-read', { id }))
        const sent = await Promise.all(sending)
        await Promise.all([
          ...reading,
          ...sent.map((m, n) => scene.people[n % 3]?.run('add-reaction', { id: m.id, emoji: '👍' })),
        ])
      }
      await settle(scene)
      for (const replica of scene.replicas) expect(shown(replica)).toEqual(await snapshot(replica.me))
    })
  })
}

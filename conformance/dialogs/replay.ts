import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listMessages, type Guest } from './guest.ts'
import { OPEN, type House } from './house.ts'
import type { Line } from './line.ts'
import { shown, snapshot, startReplica, type Replica } from './replica.ts'

interface Place {
  house: House
  actor: Guest
  id: string
  /** A message of the dialog that the actor sees, where there is one. */
  message: string
  what: number
}

/** What may be refused, by what came before it; what it changes is the question. */
const acts: Record<string, (place: Place) => Promise<unknown>> = {
  send: ({ actor, id, what }) =>
    actor.call(`POST /dialogs/${id}/messages`, { content: `<p>Text <b>${what}</b></p>` }),
  say: ({ actor, id, what }) => actor.call(`POST /dialogs/${id}/messages`, { content: `Words & ${what}` }),
  reply: ({ actor, id, message }) =>
    actor.call(`POST /dialogs/${id}/messages`, { content: 'Reply', reply_to: message }),
  edit: ({ actor, id, message, what }) =>
    actor.call(`PUT /dialogs/${id}/messages/${message}`, { content: `Edited ${what}` }),
  delete: ({ actor, id, message }) => actor.call(`DELETE /dialogs/${id}/messages/${message}`),
  read: ({ actor, id, message }) => actor.call(`POST /dialogs/${id}/read`, { last_read_message_id: message }),
  join: ({ actor, id }) =>
    actor.call(`POST /dialogs/${id}/join`, { display_name: actor.name, company: 'Acme' }),
  leave: ({ actor, id }) => actor.call(`POST /dialogs/${id}/leave`),
  archive: ({ actor, id }) => actor.call(`POST /dialogs/${id}/archive`),
  unarchive: ({ actor, id }) => actor.call(`POST /dialogs/${id}/unarchive`),
  add: ({ house, actor, id }) =>
    house.manage(`POST /dialogs/${id}/participants`, { user_id: actor.id, display_name: actor.name }),
  remove: ({ house, actor, id }) => house.manage(`DELETE /dialogs/${id}/participants/${actor.id}`),
}

const likely = ['send', 'send', 'say', 'reply', 'edit', 'edit', 'delete', 'read', 'read', 'join']
const step = fc.record({
  act: fc.constantFrom(...Object.keys(acts), ...likely, ...likely),
  who: fc.nat(2),
  where: fc.nat(2),
  what: fc.nat(100),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

export function replay(house: House) {
  async function setScene() {
    const people = await house.guests(3)
    const [anna, boris, clara] = people
    const dialogs = [
      await house.open([anna, boris, clara]),
      await house.open([anna], { access_scopes: [OPEN] }),
      await house.open([boris, clara], { access_scopes: [OPEN] }),
    ]
    const replicas: { replica: Replica; line: Line }[] = []
    for (const person of people) {
      const line = await house.line(person)
      await house.settled(person, line)
      line.rest()
      replicas.push({ replica: await startReplica(person), line })
    }
    return { people, ids: dialogs.map(({ id }) => id), replicas }
  }

  async function take(actor: Guest, id: string, { act, what }: Step) {
    const reply = await actor.call(`GET /dialogs/${id}/messages?limit=100`)
    const listed = reply.status === 200 ? (await listMessages(actor, id, '?limit=100')).messages : []
    const message = listed[what % Math.max(listed.length, 1)]?.id ?? id
    await acts[act]?.({ house, actor, id, message, what })
  }

  async function run(steps: Step[]): Promise<void> {
    const { people, ids, replicas } = await setScene()
    for (const [n, one] of steps.entries()) {
      await take(people[one.who] ?? people[0], ids[one.where] ?? '', one)
      const { replica, line } = replicas[n % 3] ?? expect.unreachable()
      for (const event of line.rest()) await replica.take(event)
    }
    for (const { replica, line } of replicas) {
      for (const event of await house.untaken(replica.me, line)) await replica.take(event)
      const isFence = ({ title }: { title: string | null }) => title?.startsWith('Fence') ?? false
      const withoutFence = <T extends { title: string | null }>(rows: T[]) =>
        rows.filter((row) => !isFence(row))
      expect(withoutFence(shown(replica)), replica.me.id).toEqual(withoutFence(await snapshot(replica.me)))
      await line.close()
    }
  }

  test.each([1, 7, 42])(
    'list, act, apply the events to the old list, list again: the same, with seed %d',
    { timeout: 60_000 },
    (seed) =>
      fc.assert(fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 60 }), run), {
        numRuns: 1,
        seed,
        endOnFailure: true,
      }),
  )

  test('the same after a burst of everybody at once', async () => {
    const { people, ids, replicas } = await setScene()
    const [id = ''] = ids
    for (let round = 0; round < 5; round++)
      await Promise.all(
        ['send', 'say', round % 2 === 0 ? 'archive' : 'unarchive'].flatMap((act) =>
          people.map(async (actor, what) => acts[act]?.({ house, actor, id, message: id, what })),
        ),
      )
    for (const { replica, line } of replicas) {
      for (const event of await house.untaken(replica.me, line)) await replica.take(event)
      const row = (rows: { id: string }[]) => rows.find((one) => one.id === id)
      expect(row(shown(replica)), replica.me.id).toEqual(row(await snapshot(replica.me)))
    }
  })
}

import { describe, expect, test } from 'vitest'
import type { Event, Message } from '@parley/wire/marketplace'
import {
  hide,
  listConversations,
  markDelivered,
  markRead,
  openConversation,
  send,
  sendImage,
  startTyping,
  totalUnread,
} from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { picture } from '../support/images.ts'
import type { Listener } from '../support/listener.ts'
import type { Person } from '../support/person.ts'
import {
  apply,
  confirmed,
  loadScreen,
  opened,
  rowOf,
  setHidden,
  shown,
  type Screen,
} from '../support/screen.ts'

interface Side {
  person: Person
  listener: Listener
  screen: Screen
  /** How many of the listener's events the screen has seen. */
  applied: number
}

interface Scene {
  sides: [Side, Side]
  /** Which product each conversation is about and who asked for it. */
  topics: { id: number; product: number; buyer: number }[]
}

export function replay(chat: Chat) {
  async function setScene(): Promise<Scene> {
    const [anna, boris] = [await chat.person('Anna'), await chat.person('Boris')]
    const topics: Scene['topics'] = []
    for (const [buyer, seller] of [
      [anna, boris],
      [anna, boris],
      [boris, anna],
      [boris, anna],
    ] as const) {
      const product = await chat.product(seller)
      const { id } = await openConversation(buyer, product)
      await send(buyer, id, 'Hello!')
      topics.push({ id, product, buyer: buyer.id })
    }
    const side = async (person: Person) => {
      const listener = await chat.connect(person)
      await chat.settled(person, listener)
      return { person, listener, screen: await loadScreen(person), applied: listener.received.length }
    }
    return { sides: [await side(anna), await side(boris)], topics }
  }

  const catchUp = (side: Side) => {
    for (const event of side.listener.received.slice(side.applied)) apply(side.screen, event)
    side.applied = side.listener.received.length
  }

  async function bothSaw({ sides }: Scene, sent: Message[]) {
    const has = (events: Event[]) => (message: Message) =>
      events.some((event) => event.type === 'message.new' && event.data.message.id === message.id)
    for (const side of sides) {
      await side.listener.saw('every message sent', (events) => sent.every(has(events)))
      catchUp(side)
    }
  }

  const image = picture('png', 4, 4)

  type Act = (scene: Scene, side: Side, topic: Scene['topics'][number]) => Promise<unknown>
  const acts: Act[] = [
    async (scene, { person }, { id }) => bothSaw(scene, [await send(person, id, 'Text')]),
    async (scene, { person }, { id }) => bothSaw(scene, [await sendImage(person, id, await image)]),
    async (scene, _, { id }) => {
      const senders = [...scene.sides, ...scene.sides, ...scene.sides]
      await bothSaw(scene, await Promise.all(senders.map(({ person }, n) => send(person, id, `Burst ${n}`))))
    },
    async (_, side, { id }) => {
      await markRead(side.person, id)
      opened(side.screen, id)
    },
    async (_, side, { id }) => {
      const last = rowOf(side.screen, id).messages.findLast(({ sender_id }) => sender_id !== side.person.id)
      if (last === undefined) return
      await markDelivered(side.person, id, last.id)
      confirmed(side.screen, id, last.id)
    },
    async (_, side, { id }) => {
      await hide(side.person, id)
      setHidden(side.screen, id, true)
    },
    async (_, side, { id, product, buyer }) => {
      if (buyer !== side.person.id) return
      await openConversation(side.person, product)
      setHidden(side.screen, id, false)
    },
    (_, { person }, { id }) => startTyping(person, id),
  ]

  describe('list, act, apply the events to the old list, list again', () => {
    test.each([1, 7, 42])('is the same for both people (seed %i)', async (seed) => {
      const scene = await setScene()
      const random = generator(seed)
      const pick = <T>(choices: readonly T[]): T => {
        const choice = choices[Math.floor(random() * choices.length)]
        if (choice === undefined) throw new Error('nothing to pick from')
        return choice
      }
      for (let step = 0; step < 60; step++) await pick(acts)(scene, pick(scene.sides), pick(scene.topics))
      for (const side of scene.sides) {
        await chat.settled(side.person, side.listener)
        catchUp(side)
        expect(shown(side.screen)).toEqual(shown(await loadScreen(side.person)))
        const unread = await listConversations(side.person, { filter: 'unread', limit: 100 })
        const expected = shown(side.screen).list.filter(({ conversation }) => conversation.unread_count > 0)
        expect(unread.data).toEqual(expected.map(({ conversation }) => conversation))
      }
    })

    test('ends with the right badge when messages arrive while conversations are being read', async () => {
      const scene = await setScene()
      const [anna, boris] = scene.sides
      for (let round = 0; round < 10; round++) {
        const sending = scene.topics.map(({ id }) => send(anna.person, id, `Round ${round}`))
        const reading = scene.topics.slice(0, 2).map(({ id }) => markRead(boris.person, id))
        const sent = await Promise.all(sending)
        await Promise.all(reading)
        await bothSaw(scene, sent)
        await chat.settled(boris.person, boris.listener)
        catchUp(boris)
        expect(boris.screen.badge, `after round ${round}`).toBe(await totalUnread(boris.person))
      }
    })

    test('is the same for somebody whose line was cut in the middle', async () => {
      const scene = await setScene()
      const [anna, boris] = scene.sides
      const random = generator(2026)
      await anna.listener.cut()
      for (let step = 0; step < 30; step++) {
        const { id } = scene.topics[Math.floor(random() * scene.topics.length)] ?? { id: 0 }
        if (random() < 0.6) await send(boris.person, id, `Step ${step}`)
        else if (random() < 0.5) await markRead(boris.person, id)
        else await hide(boris.person, id)
      }
      expect(await anna.listener.restore()).toMatchObject({ recovered: true })
      await chat.settled(anna.person, anna.listener)
      catchUp(anna)
      expect(shown(anna.screen)).toEqual(shown(await loadScreen(anna.person)))
    })
  })
}

/** Mulberry32: the same acts on every run. */
function generator(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { createMemoryPresence } from '../src/engine/memory-presence.ts'
import { presenceSuite } from './presence-suite.ts'

presenceSuite('the memory', () => {
  const { presence, clock } = start()
  let count = 0
  return {
    presence,
    newChannel: () => `channel-${++count}`,
    wait: (milliseconds) => void (clock.now += milliseconds),
  }
})

const step = fc.record({
  client: fc.constantFrom('c1', 'c2', 'c3', 'c4'),
  user: fc.constantFrom('ann', 'bob'),
  ttl: fc.constantFrom(0, 10, 50),
  pause: fc.constantFrom(0, 5, 30),
})

test.prop([fc.array(fc.oneof(step, fc.record({ client: step.map(({ client }) => client) })))])(
  'counts as many as it lists, whatever the times to live',
  async (steps) => {
    const { presence, clock } = start()
    const ends = new Map<string, number>()
    for (const each of steps) {
      if ('user' in each) {
        await presence.add('room', each, each.ttl)
        ends.set(each.client, clock.now + each.ttl)
        clock.now += each.pause
      } else {
        await presence.remove('room', each.client)
        ends.delete(each.client)
      }
      const infos = await presence.list('room')
      const alive = [...ends].filter(([, end]) => end > clock.now).map(([client]) => client)
      expect(infos.map(({ client }) => client).toSorted()).toEqual(alive.toSorted())
      const users = new Set(infos.map(({ user }) => user)).size
      expect(await presence.stats('room')).toEqual({ clients: infos.length, users })
    }
  },
)

function start() {
  const clock = { now: 0 }
  return { clock, presence: createMemoryPresence({ now: () => clock.now }) }
}

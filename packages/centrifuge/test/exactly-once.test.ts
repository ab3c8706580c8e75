import { setImmediate as immediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryEngine, type Engine } from '../src/index.ts'
import { createClient } from './support/client.ts'
import { channelsWith, startServer } from './support/server.ts'

type Step = { publish: number } | { turns: number } | 'drop'

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ publish: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 3, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 2, arbitrary: fc.constant<Step>('drop') },
)

describe('a client whose connection breaks while others publish', () => {
  it(
    'sees every publication once and in order, on both kinds of subscription',
    { timeout: 60_000 },
    async () => {
      const { url, centrifuge, drop } = await startServer({
        engine: hesitant(createMemoryEngine()),
        channel: channelsWith({ history_size: 1000 }),
        connect: async ({ token }) => ({ user: 'ann', channels: [`server:${token}`] }),
      })
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const token = `run-${++run}`
          const client = createClient(url, { token, minReconnectDelay: 1, maxReconnectDelay: 5 })
          const subscription = client.newSubscription(`client:${token}`, { minResubscribeDelay: 1 })
          const seen = { server: new Array<number>(), client: new Array<number>() }
          let last = 0
          const publish = () => {
            const data = ++last
            return Promise.all(
              [`server:${token}`, `client:${token}`].map((name) => centrifuge.publish(name, data)),
            )
          }
          const { promise: arrived, resolve } = Promise.withResolvers<undefined>()
          let isOver = false
          const note = (list: number[], data: number) => {
            list.push(data)
            if (isOver && seen.server.at(-1) === last && seen.client.at(-1) === last) resolve(undefined)
          }
          client.on('publication', ({ data }) => note(seen.server, data as number))
          subscription.on('publication', ({ data }) => note(seen.client, data as number))
          subscription.subscribe()
          client.connect()
          await subscription.ready()
          for (const action of steps) {
            if (action === 'drop') drop()
            else if ('publish' in action) for (let count = 0; count < action.publish; count++) void publish()
            else for (let turn = 0; turn < action.turns; turn++) await immediate()
          }
          isOver = true
          await publish()
          await arrived
          client.disconnect()
          const all = Array.from({ length: last }, (_, index) => index + 1)
          expect(seen).toEqual({ server: all, client: all })
        }),
        { numRuns: 60 },
      )
    },
  )
})

/** Takes its time at every step, as an engine behind a network does. */
function hesitant(engine: Engine): Engine {
  const hesitate = async () => {
    for (let turns = Math.random() * 60; turns > 0; turns--) await immediate()
  }
  return {
    ...engine,
    subscribe: async (channel, deliver) => {
      await hesitate()
      await engine.subscribe(channel, deliver)
      await hesitate()
    },
    history: async (channel, query) => {
      await hesitate()
      const history = await engine.history(channel, query)
      await hesitate()
      return history
    },
  }
}

import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store } from '../../packages/server/test/support/databases.ts'
import { until } from '../support/wait.ts'
import { audit, FENCE, recount } from './audit.ts'
import { beginSend } from './begun-send.ts'
import { startLoad } from './load.ts'
import { createWorld } from './people.ts'
import { randomFrom, seed } from './random.ts'
import { openSite } from './site.ts'
import { checkTab, closeTabs, openTab, settle } from './tab.ts'

const SIGTERM_MS = 10_000
const SHUTDOWN = 3001

describe.each<Store>(['embedded', 'postgres'])('SIGTERM under load (%s)', (store) => {
  test(
    'answers what it has begun, sends clients away to come back, and ends in time',
    { timeout: 90_000 },
    async () => {
      const site = await openSite(store)
      onTestFinished(site.close)
      const world = await createWorld(site.server)
      const tabs = await Promise.all(world.people.map((person) => openTab(person)))
      onTestFinished(() => closeTabs(tabs))
      const load = startLoad(world, { random: randomFrom(seed), absence: site.absence })
      onTestFinished(load.hold)
      await load.reach(100)

      const begin = world.conversations.map(({ id, members }) =>
        beginSend(members[0], id, `${FENCE} begun before`),
      )
      const begun = await Promise.all(begin)
      const started = performance.now()
      const stopping = site.stop()
      const losses = () => tabs.map((tab) => tab.losses[0])
      await until(
        'every client to be sent away',
        async () => losses(),
        (codes) => !codes.includes(undefined),
      )
      expect(losses()).toEqual(tabs.map(() => SHUTDOWN))
      const answers = await Promise.all(begun.map(({ finish }) => finish()))
      await stopping
      expect(performance.now() - started).toBeLessThan(SIGTERM_MS)
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
      load.acknowledged.push(...answers.map(({ message }) => message))

      await site.start()
      await load.reach(50)
      await load.hold()
      await settle(world, tabs)
      const history = await audit(world, load)
      await recount(world, history)
      for (const tab of tabs) await checkTab(world, tab, history)
      for (const { listener } of tabs) expect(listener.subscriptions).toHaveLength(2)
    },
  )
})

import { expect, onTestFinished, test } from 'vitest'
import type { Store } from '../../packages/server/test/support/databases.ts'
import { audit, recount } from './audit.ts'
import { startLoad } from './load.ts'
import { createWorld } from './people.ts'
import { between, randomFrom, seed } from './random.ts'
import { openSite } from './site.ts'
import { checkTab, closeTabs, openTab, settle } from './tab.ts'

const KILLS = 10

/** The promise of the whole: what was acknowledged survives `kill -9`, and clients miss nothing. */
export function survivesKills(store: Store) {
  test(`loses nothing in ${KILLS} kills under load (seed ${seed})`, { timeout: 180_000 }, async () => {
    const random = randomFrom(seed)
    // How much may be missed is tested elsewhere.
    const site = await openSite(store, { PARLEY_RECOVERY_EVENTS: '10000' })
    onTestFinished(site.close)
    const world = await createWorld(site.server)
    const tabs = await Promise.all(world.people.map((person) => openTab(person)))
    onTestFinished(() => closeTabs(tabs))
    const load = startLoad(world, { random, absence: site.absence })
    onTestFinished(load.hold)

    for (let kill = 0; kill < KILLS; kill++) {
      // Now and then the next kill comes while clients are still coming back.
      await load.reach(between(random, 0, random() < 0.3 ? 3 : 150))
      await site.kill()
      const isQuiet = random() < 0.5
      if (isQuiet) await load.hold()
      await site.start()
      const history = await audit(world, load)
      if (isQuiet) await recount(world, history)
      load.resume()
    }

    await load.reach(50)
    await load.hold()
    await settle(world, tabs)
    const history = await audit(world, load)
    await recount(world, history)
    for (const tab of tabs) await checkTab(world, tab, history)
    for (const { listener } of tabs) expect(listener.subscriptions.length).toBeGreaterThan(1)
  })
}

import { expect, onTestFinished, test } from 'vitest'
import { movedTo } from '../support/person.ts'
import { within } from '../support/wait.ts'
import { audit, recount } from './audit.ts'
import { openFront } from './front.ts'
import { startLoad } from './load.ts'
import { allToListener, createWorld } from './people.ts'
import { randomFrom, seed } from './random.ts'
import { openSite } from './site.ts'
import { checkTab, closeTabs, openTab, settle, type Tab } from './tab.ts'

// Its queue is full, or a write of its takes too long: which comes first is for the machine to say.
const GIVEN_UP = [3008, 3009]
// Six bytes each in JSON.
const FILLER = '\u0001'.repeat(1900)

test(
  'a client that reads nothing is given up, comes back and has everything once',
  { timeout: 120_000 },
  async () => {
    const site = await openSite('postgres', { PARLEY_RECOVERY_EVENTS: '10000' })
    onTestFinished(site.close)
    const front = await openFront(site.server())
    onTestFinished(front.close)
    const world = await createWorld(site.server, allToListener)
    const [watching, slow] = await Promise.all([
      openTab(world.conversations[0].members[0]),
      openTab(movedTo(front.server(), world.listener)),
    ])
    onTestFinished(() => closeTabs([watching, slow]))

    front.stall()
    const load = startLoad(world, { random: randomFrom(seed), filler: FILLER })
    onTestFinished(load.hold)
    // The server gives the slow client up, and tells those who see its presence.
    await within(
      60_000,
      () => `the slow client to be closed, after ${load.acknowledged.length} messages`,
      gone(watching, slow),
    )
    front.flow()
    await load.reach(50)
    await load.hold()
    await settle(world, [watching, slow])
    expect(slow.losses).toEqual([expect.toBeOneOf(GIVEN_UP)])
    expect(watching.losses).toEqual([])
    const history = await audit(world, load)
    await recount(world, history)
    for (const tab of [watching, slow]) await checkTab(world, tab, history)
  },
)

function gone(watching: Tab, { person }: Tab): Promise<void> {
  return new Promise((resolve) => {
    watching.listener.client.on('publication', () => {
      const last = watching.listener.received.at(-1)
      if (last?.type === 'presence' && last.data.user_id === person.id && !last.data.online) resolve()
    })
  })
}

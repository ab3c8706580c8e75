import { describe, expect, onTestFinished, test } from 'vitest'
import { freshPostgresUrl } from '../../packages/server/test/support/databases.ts'
import { endSession } from '../support/host.ts'
import { anotherDevice, createPerson, movedTo } from '../support/person.ts'
import { discard, startServer, type Server } from '../support/server.ts'
import { within } from '../support/wait.ts'
import { audit, recount } from './audit.ts'
import { openFront, type Front } from './front.ts'
import { startLoad } from './load.ts'
import { createWorld } from './people.ts'
import { between, randomFrom, seed } from './random.ts'
import { faultsOf } from './site.ts'
import { checkTab, closeTabs, hearsAll, openTab, settle } from './tab.ts'

const UNAUTHORIZED = 4501

/** Starts servers on one database, and ends them with the test. */
async function openDatabaseOfMany() {
  const { url, drop } = await freshPostgresUrl()
  onTestFinished(drop)
  const started: Server[] = []
  return async (): Promise<Server> => {
    const token = started[0]?.hostToken
    const env = {
      DATABASE_URL: url,
      PARLEY_RECOVERY_EVENTS: '10000',
      ...(token && { PARLEY_HOST_TOKEN: token }),
    }
    const server = await startServer({ env })
    started.push(server)
    onTestFinished(async () => {
      await server.kill()
      await discard(server)
      expect(faultsOf(server)).toEqual([])
    })
    return server
  }
}

async function frontOf(server: Server): Promise<Front> {
  const front = await openFront(server)
  onTestFinished(front.close)
  return front
}

describe('two servers on one database', () => {
  // Where everybody writes through the leader, nobody is left after a kill who would make the other server look.
  test.each([
    { kills: 3, through: 'both' },
    { kills: 5, through: 'the leader' },
  ])(
    `deliver to each other's clients; when the leader is killed the other takes over (writing through $through, seed ${seed})`,
    { timeout: 90_000 },
    async ({ kills, through }) => {
      const random = randomFrom(seed)
      const start = await openDatabaseOfMany()
      // The one that starts first leads.
      let [leader, follower] = [await start(), await start()]
      const [one, other] = [await frontOf(leader), await frontOf(follower)]
      const world = await createWorld((index) =>
        (through === 'both' && index % 2 === 1 ? other : one).server(),
      )
      const opening = world.people.flatMap((person) =>
        [one, other].map((front) => openTab(movedTo(front.server(), person))),
      )
      const tabs = await Promise.all(opening)
      onTestFinished(() => closeTabs(tabs))
      const load = startLoad(world, { random })
      onTestFinished(load.hold)

      for (let kill = 0; kill < kills; kill++) {
        await load.reach(between(random, 20, 150))
        // Nothing is sent after the kill that would make the other server look.
        const idle = load.hold()
        await leader.kill()
        one.pointAt(follower)
        await idle
        const history = await audit(world, load)
        await Promise.all(tabs.map((tab) => hearsAll(tab, history)))
        await recount(world, history)
        ;[leader, follower] = [follower, await start()]
        other.pointAt(follower)
        load.resume()
      }

      await load.reach(50)
      await load.hold()
      await settle(world, tabs)
      const history = await audit(world, load)
      await recount(world, history)
      for (const tab of tabs) await checkTab(world, tab, history)
      for (const { listener } of tabs) expect(listener.subscriptions.length).toBeGreaterThan(1)
    },
  )

  test('a session that is ended through either of them is closed on the other', async () => {
    const start = await openDatabaseOfMany()
    const [leader, follower] = [await start(), await start()]
    for (const [here, there, id] of [
      [leader, follower, 1],
      [follower, leader, 2],
    ] as const) {
      const person = await createPerson(here, { id, name: 'Somebody' })
      const device = await anotherDevice(person)
      const [ended, kept] = [await openTab(movedTo(there, person)), await openTab(movedTo(there, device))]
      onTestFinished(() => closeTabs([ended, kept]))
      await endSession(here, person.session.session)
      const { code } = await within(5000, () => 'the connection to be closed', ended.listener.disconnected)
      expect(code).toBe(UNAUTHORIZED)
      expect(kept.losses).toEqual([])
      expect(kept.listener.client.state).toBe('connected')
      expect((await movedTo(there, person).get('/conversations')).status).toBe(401)
      expect((await movedTo(there, device).get('/conversations')).status).toBe(200)
    }
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClientInfo } from '../src/engine/engine.ts'
import type { Presence } from '../src/engine/presence.ts'

export interface PresenceUnderTest {
  presence: Presence
  /** A channel nobody was in. */
  newChannel(): string
  /** Lets time pass. */
  wait(milliseconds: number): void | Promise<void>
  close?(): void | Promise<void>
}

const ttl = 1000
const ann = { user: 'ann', client: 'a1', connInfo: '{"name":"Ann"}', chanInfo: '1' }
const annAgain = { user: 'ann', client: 'a2' }
const bob = { user: 'bob', client: 'b1' }

/** What every presence promises. */
export function presenceSuite(
  name: string,
  create: () => PresenceUnderTest | Promise<PresenceUnderTest>,
): void {
  describe(`${name} as presence`, () => {
    let subject: PresenceUnderTest
    let channel: string

    beforeEach(async () => {
      subject = await create()
      channel = subject.newChannel()
    })
    afterEach(() => subject.close?.())

    const add = async (...infos: ClientInfo[]) => {
      for (const info of infos) await subject.presence.add(channel, info, ttl)
    }
    const stats = () => subject.presence.stats(channel)
    const list = async () => {
      const infos = await subject.presence.list(channel)
      return infos.toSorted((left, right) => left.client.localeCompare(right.client))
    }

    it('knows of nobody where nobody is', async () => {
      expect(await list()).toEqual([])
      expect(await stats()).toEqual({ clients: 0, users: 0 })
      await subject.presence.remove(channel, 'a1')
    })

    it('lists who came, as they are, and counts clients and users', async () => {
      await add(bob, ann, annAgain)
      expect(await list()).toEqual([ann, annAgain, bob])
      expect(await stats()).toEqual({ clients: 3, users: 2 })
    })

    it('keeps channels apart', async () => {
      await add(ann)
      const other = subject.newChannel()
      await subject.presence.add(other, bob, ttl)
      await subject.presence.remove(other, 'a1')
      expect(await list()).toEqual([ann])
      expect(await subject.presence.list(other)).toEqual([bob])
    })

    it('forgets who left, and the user with the last client', async () => {
      await add(ann, annAgain, bob)
      await subject.presence.remove(channel, 'a1')
      expect(await stats()).toEqual({ clients: 2, users: 2 })
      await subject.presence.remove(channel, 'a2')
      await subject.presence.remove(channel, 'a2')
      expect(await stats()).toEqual({ clients: 1, users: 1 })
      expect(await list()).toEqual([bob])
    })

    it('takes what a renewal says in place of what was said before', async () => {
      await add(ann, { ...ann, connInfo: '{"name":"Anna"}' })
      expect(await list()).toEqual([{ ...ann, connInfo: '{"name":"Anna"}' }])
      expect(await stats()).toEqual({ clients: 1, users: 1 })
    })

    it('forgets who was not renewed in time, in the list as in the counts', async () => {
      await add(ann, bob)
      await subject.wait(ttl * 0.6)
      await add(ann)
      await subject.wait(ttl * 0.6)
      expect(await stats()).toEqual({ clients: 1, users: 1 })
      expect(await list()).toEqual([ann])
      await subject.wait(ttl * 0.6)
      expect(await list()).toEqual([])
      expect(await stats()).toEqual({ clients: 0, users: 0 })
    })
  })
}

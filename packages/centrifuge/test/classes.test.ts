import { describe, expect, it } from 'vitest'
import {
  createMemoryEngine,
  createMemoryPresence,
  type ClientInfo,
  type Engine,
  type Presence,
} from '../src/index.ts'
import { connectRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

class KeptPresence implements Presence {
  readonly #memory = createMemoryPresence()
  add(channel: string, info: ClientInfo, ttl: number) {
    return this.#memory.add(channel, info, ttl)
  }
  remove(channel: string, client: string) {
    return this.#memory.remove(channel, client)
  }
  list(channel: string) {
    return this.#memory.list(channel)
  }
  stats(channel: string) {
    return this.#memory.stats(channel)
  }
}

class KeptEngine implements Engine {
  readonly #memory = createMemoryEngine()
  subscribe(...call: Parameters<Engine['subscribe']>) {
    return this.#memory.subscribe(...call)
  }
  unsubscribe(channel: string) {
    return this.#memory.unsubscribe(channel)
  }
  publish(...call: Parameters<Engine['publish']>) {
    return this.#memory.publish(...call)
  }
  announce(...call: Parameters<NonNullable<Engine['announce']>>) {
    return this.#memory.announce?.(...call)
  }
  history(...call: Parameters<Engine['history']>) {
    return this.#memory.history(...call)
  }
}

describe('instances of classes', () => {
  it('may be the engine and the presence', async () => {
    const { url, centrifuge } = await startServer({
      engine: new KeptEngine(),
      presence: new KeptPresence(),
      channel: channelsWith({ presence: true, join_leave: true, force_push_join_leave: true }),
    })
    const [ann, bob] = [await connectRaw(url), await connectRaw(url, { token: 'bob' })]
    ann.send({ id: 2, subscribe: { channel: 'room' } })
    await ann.message()
    bob.send({ id: 2, subscribe: { channel: 'room' } })
    await bob.message()
    while (!JSON.stringify(await ann.message()).includes('"bob"'));
    expect(await centrifuge.presence('room')).toMatchObject([{ user: 'ann' }, { user: 'bob' }])
    expect(await centrifuge.presenceStats('room')).toEqual({ clients: 2, users: 2 })
    await centrifuge.publish('room', 1)
    expect(await ann.message()).toMatchObject({ push: { pub: { data: 1 } } })
    bob.send({ id: 3, unsubscribe: { channel: 'room' } })
    expect(await ann.message()).toMatchObject({ push: { leave: { info: { user: 'bob' } } } })
    expect(await centrifuge.presenceStats('room')).toEqual({ clients: 1, users: 1 })
  })
})

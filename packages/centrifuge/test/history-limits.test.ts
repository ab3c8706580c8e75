import { describe, expect, it } from 'vitest'
import type { Centrifuge, SubscribeDecision } from '../src/index.ts'
import { connectRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'

const channel = channelsWith({ allow_history_for_client: true, allow_tags_filter: true })

async function publishTo(centrifuge: Centrifuge, ...people: string[]): Promise<void> {
  for (const [index, person] of people.entries())
    await centrifuge.publish('room', index + 1, { tags: { for: person } })
}

/** Asks for the history as a subscriber that the application lets in so. */
async function startReading(decision: SubscribeDecision, subscribe: object = {}) {
  const { url, centrifuge } = await startServer({ channel, subscribe: async () => decision })
  await publishTo(centrifuge, 'ann', 'bob', 'ann', 'bob', 'ann')
  const raw = await connectRaw(url)
  const read = async (query: object) => {
    raw.send({ id: 3, history: { channel: 'room', ...query } })
    const { history } = (await raw.message()) as { history: { publications?: { data: number }[] } }
    return history.publications?.map(({ data }) => data) ?? []
  }
  const join = async () => {
    raw.send({ id: 2, subscribe: { channel: 'room', ...subscribe } })
    await raw.message()
  }
  return { read, join }
}

describe('the history for a subscriber', () => {
  it('shows only what the application lets it have', async () => {
    const { read, join } = await startReading({ accepts: (tags) => tags?.for === 'ann' })
    await join()
    expect(await read({ limit: -1 })).toEqual([1, 3, 5])
    expect(await read({ limit: -1, reverse: true })).toEqual([5, 3, 1])
  })

  it('begins where the application lets it begin', async () => {
    const { read, join } = await startReading({ recoverFrom: 3 })
    await join()
    expect(await read({ limit: 2 })).toEqual([4, 5])
    expect(await read({ limit: -1, reverse: true })).toEqual([5, 4])
    expect(await read({ limit: -1, since: { offset: 1, epoch: '' } })).toEqual([4, 5])
    expect(await read({ limit: -1, since: { offset: 4, epoch: '' } })).toEqual([5])
    expect(await read({ limit: -1, reverse: true, since: { offset: 3, epoch: '' } })).toEqual([])
  })

  it('shows all to who filters only what is pushed, and to who subscribes to nothing', async () => {
    const { read, join } = await startReading({}, { tf: { key: 'for', cmp: 'eq', val: 'ann' } })
    expect(await read({ limit: -1 })).toEqual([1, 2, 3, 4, 5])
    await join()
    expect(await read({ limit: -1 })).toEqual([1, 2, 3, 4, 5])
  })
})

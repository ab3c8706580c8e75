import type { FilterNode, SubscribedContext } from 'centrifuge'
import { applyDelta } from 'fossil-delta'
import { describe, expect, it } from 'vitest'
import { connectClient, nextEvent } from './support/client.ts'
import { slowlyChanging } from './support/deltas.ts'
import { connectRaw } from './support/raw.ts'
import { channelsWith, startServer } from './support/server.ts'
import { dataOf, subscribeClient } from './support/subscribe.ts'

interface Pub {
  data: string
  delta?: boolean
}

const deltas = { allowed_delta_types: ['fossil' as const], delta_publish: true }
const filtered = { allow_tags_filter: true }
const channel = channelsWith(filtered)
const onlyBtc: FilterNode = { key: 'ticker', cmp: 'eq', val: 'BTC' }

describe('a filter by tags', () => {
  it('lets through what matches, for each subscriber their own', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const dear: FilterNode = { op: 'and', nodes: [onlyBtc, { key: 'price', cmp: 'gte', val: '100.5' }] }
    const others: FilterNode = { op: 'not', nodes: [{ key: 'ticker', cmp: 'in', vals: ['BTC', 'ETH'] }] }
    const [all, btc, dearBtc, rest] = await Promise.all(
      [undefined, onlyBtc, dear, others].map(async (tagsFilter) =>
        subscribeClient(await connectClient(url), 'room', { tagsFilter }),
      ),
    )
    await centrifuge.publish('room', 1, { tags: { ticker: 'BTC', price: '99' } })
    await centrifuge.publish('room', 2, { tags: { ticker: 'ETH' } })
    await centrifuge.publish('room', 3, { tags: { ticker: 'BTC', price: '100.50' } })
    await centrifuge.publish('room', 4, { tags: { ticker: 'DOGE' } })
    await centrifuge.publish('room', 5)
    await all?.publications.first(5)
    await btc?.publications.first(2)
    await dearBtc?.publications.first(1)
    await rest?.publications.first(2)
    expect([all, btc, dearBtc, rest].map((one) => one && dataOf(one.publications))).toEqual([
      [1, 2, 3, 4, 5],
      [1, 3],
      [3],
      [4, 5],
    ])
    expect(btc?.publications.all[0]).toMatchObject({ tags: { ticker: 'BTC', price: '99' }, offset: 1 })
  })

  it('holds for what is not kept, too', async () => {
    const { url, centrifuge } = await startServer({ channel })
    const { publications } = await subscribeClient(await connectClient(url), 'room', { tagsFilter: onlyBtc })
    for (const [data, ticker] of [
      [1, 'ETH'],
      [2, 'BTC'],
    ] as const)
      await centrifuge.publish('room', data, { skipHistory: true, tags: { ticker } })
    await publications.first(1)
    expect(dataOf(publications)).toEqual([2])
  })

  it('holds in recovery, and leaves no gap behind', async () => {
    const { url, centrifuge, drop } = await startServer({ channel })
    const { subscription, publications } = await subscribeClient(await connectClient(url), 'room', {
      tagsFilter: onlyBtc,
    })
    const publish = async (...tickers: string[]) => {
      for (const ticker of tickers) await centrifuge.publish('room', ticker, { tags: { ticker } })
    }
    await publish('BTC', 'ETH')
    for (const missed of [['ETH', 'BTC', 'ETH', 'BTC', 'ETH'], ['ETH'], []]) {
      const back = nextEvent<SubscribedContext>(subscription, 'subscribed')
      drop()
      await publish(...missed)
      expect(await back).toMatchObject({ wasRecovering: true, recovered: true })
    }
    await publish('ETH', 'BTC')
    await publications.first(4)
    expect(dataOf(publications)).toEqual(['BTC', 'BTC', 'BTC', 'BTC'])
    expect(publications.all.map(({ offset }) => offset)).toEqual([1, 4, 6, 10])
  })

  it('is refused with 107 where the namespace allows none', async () => {
    const { url } = await startServer()
    const client = await connectClient(url)
    const subscription = client.newSubscription('room', { tagsFilter: onlyBtc })
    const ended = nextEvent(subscription, 'unsubscribed')
    subscription.subscribe()
    expect(await ended).toMatchObject({ code: 107 })
  })

  it.each([
    ['an unknown comparison', { key: 'a', cmp: 'like', val: 'b' }],
    ['an unknown operation', { op: 'xor', nodes: [onlyBtc] }],
    ['nothing to combine', { op: 'or', nodes: [] }],
    ['two to negate', { op: 'not', nodes: [onlyBtc, onlyBtc] }],
    ['a comparison without a key', { cmp: 'eq', val: 'b' }],
    ['a list where one value is due', { key: 'a', cmp: 'eq', vals: ['b'] }],
    ['nothing at all', {}],
  ])('is refused with 107 when it makes no sense: %s', async (_name, tf) => {
    const raw = await connectRaw((await startServer({ channel })).url)
    raw.send({ id: 2, subscribe: { channel: 'room', tf } })
    expect(await raw.message()).toMatchObject({ id: 2, error: { code: 107 } })
  })
})

describe('differences for a subscriber with a filter', () => {
  const filter = { key: 'kind', cmp: 'eq', val: 'yes' }

  it('are made from what that subscriber got last', async () => {
    const { url, centrifuge } = await startServer({
      channel: channelsWith({ ...filtered, ...deltas }),
    })
    const all = slowlyChanging(40)
    const tagged = (index: number) => ({ tags: { kind: index % 5 < 2 ? 'yes' : 'no' } })
    const wanted = all.filter((_, index) => index % 5 < 2).map((data) => JSON.stringify(data))
    const publish = async (start: number, end: number) => {
      for (let index = start; index < end; index++)
        await centrifuge.publish('room', all[index], tagged(index))
    }
    await publish(0, 20)
    const raw = await connectRaw(url)
    raw.send({ id: 2, subscribe: { channel: 'room', recover: true, offset: 0, delta: 'fossil', tf: filter } })
    const { subscribe } = (await raw.message()) as { subscribe: { publications: Pub[]; recovered: boolean } }
    expect(subscribe.recovered).toBe(true)
    await publish(20, 40)
    const pubs = [...subscribe.publications]
    while (pubs.length < wanted.length) pubs.push(((await raw.message()) as { push: { pub: Pub } }).push.pub)
    let base: Uint8Array = new Uint8Array()
    const texts = pubs.map(({ data, delta }) => {
      base = delta ? applyDelta(base, Buffer.from(data)) : Buffer.from(data)
      return Buffer.from(base).toString()
    })
    expect(texts).toEqual(wanted)
    expect(pubs.some(({ delta }) => delta)).toBe(true)
  })
})

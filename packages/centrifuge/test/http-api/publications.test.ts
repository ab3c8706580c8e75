import type { PublicationContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import { ClientError } from '../../src/index.ts'
import { connectClient, nextEvent } from '../support/client.ts'
import { startApi } from './api.ts'

const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64')

async function subscribed(url: string, channel: string) {
  const client = await connectClient(url)
  const subscription = client.newSubscription(channel)
  subscription.subscribe()
  await subscription.ready()
  return subscription
}

describe('publish', () => {
  it('reaches clients and answers where it stands', async () => {
    const { url, call } = await startApi()
    const subscription = await subscribed(url, 'room')
    const heard = nextEvent<PublicationContext>(subscription, 'publication')
    const data = { text: 'Grüße\n', list: [1, null] }
    const result = await call('publish', { channel: 'room', data, tags: { kind: 'x' } })
    expect(result).toEqual({ offset: 1, epoch: expect.stringMatching(/^[a-zA-Z]{8}$/) as string })
    expect(await heard).toMatchObject({ channel: 'room', data, offset: 1, tags: { kind: 'x' } })
  })

  it.each([null, false, 0, '', []])('takes %j for data', async (data) => {
    const { url, call } = await startApi()
    const subscription = await subscribed(url, 'room')
    const heard = nextEvent<PublicationContext>(subscription, 'publication')
    await call('publish', { channel: 'room', data })
    expect((await heard).data).toEqual(data)
  })

  it('answers nothing where there is no history or none is wanted', async () => {
    const { call } = await startApi()
    expect(await call('publish', { channel: 'bare:room', data: 1 })).toEqual({})
    expect(await call('publish', { channel: 'room', data: 1, skip_history: true })).toEqual({})
    expect(await call('history', { channel: 'room', limit: 10 })).toMatchObject({ publications: [] })
  })

  it('takes base64, and gives JSON in it to clients of JSON', async () => {
    const { url, call } = await startApi()
    const subscription = await subscribed(url, 'room')
    const heard = nextEvent<PublicationContext>(subscription, 'publication')
    await call('publish', { channel: 'room', b64data: base64('{"a":"ü"}') })
    expect((await heard).data).toEqual({ a: 'ü' })
  })

  it('publishes once per idempotency key', async () => {
    const { call } = await startApi()
    const request = { channel: 'room', data: 1, idempotency_key: 'k' }
    const first = await call('publish', request)
    expect(await call('publish', { ...request, data: 2 })).toEqual(first)
    expect(await call('publish', { ...request, idempotency_key: '' })).toMatchObject({ offset: 2 })
    expect(await call('publish', { ...request, idempotency_key: null })).toMatchObject({ offset: 3 })
  })

  it('drops versions that are not newer', async () => {
    const { call } = await startApi()
    const publish = (version: number, version_epoch: string) =>
      call('publish', { channel: 'room', data: version, version, version_epoch })
    expect(await publish(2, 'a')).toMatchObject({ offset: 1 })
    expect(await publish(1, 'a')).toMatchObject({ offset: 1 })
    expect(await publish(1, 'b')).toMatchObject({ offset: 2 })
  })

  it.each([
    [{ data: 1 }, 'channel must be a text'],
    [{ channel: '', data: 1 }, 'channel must be a text that is not empty'],
    [{ channel: 1, data: 1 }, 'channel must be a text'],
    [{ channel: 'room' }, 'data must be given'],
    [{ channel: 'room', b64data: 'x' }, 'b64data must be base64'],
    [{ channel: 'room', data: 1, skip_history: 1 }, 'skip_history must be true or false'],
    [{ channel: 'room', data: 1, tags: [] }, 'tags must be an object'],
    [{ channel: 'room', data: 1, tags: { a: 1 } }, 'tags.a must be a text'],
    [{ channel: 'room', data: 1, idempotency_key: 1 }, 'idempotency_key must be a text'],
    [{ channel: 'room', data: 1, delta: 'x' }, 'delta must be true or false'],
    [{ channel: 'room', data: 1, version: 1.5 }, 'version must be a whole number'],
    [{ channel: 'room', data: 1, version: -1 }, 'version must be a whole number that is not negative'],
    [[], 'the request must be an object'],
    [null, 'the request must be an object'],
  ])('refuses %j', async (request, complaint) => {
    const { post } = await startApi()
    const error = { code: 107, message: `bad request: ${complaint}` }
    expect(await post('publish', request)).toMatchObject({ status: 200, body: { error } })
  })

  it('refuses channels that cannot be', async () => {
    const { post } = await startApi()
    const codeFor = async (channel: string) => (await post('publish', { channel, data: 1 })).body
    expect(await codeFor('none:room')).toMatchObject({ error: { code: 102 } })
    expect(await codeFor('x'.repeat(256))).toMatchObject({ error: { code: 107 } })
    expect(await codeFor('räume')).toMatchObject({ error: { code: 107 } })
  })
})

describe('broadcast', () => {
  it('reaches all channels, and says in their order what became of each', async () => {
    const { url, post } = await startApi()
    const subscription = await subscribed(url, 'b')
    const heard = nextEvent<PublicationContext>(subscription, 'publication')
    const channels = ['a', 'none:x', 'b', '', 'bare:c']
    const { body } = await post('broadcast', { channels, data: { n: 1 } })
    const result = { offset: 1, epoch: expect.any(String) as string }
    const responses = [
      { result },
      { error: { code: 102, message: 'unknown channel' } },
      { result },
      { error: { code: 107, message: 'bad request' } },
      { result: {} },
    ]
    expect(body).toEqual({ result: { responses } })
    expect((await heard).data).toEqual({ n: 1 })
  })

  it.each([
    [{ data: 1 }, 'channels must be a list'],
    [{ channels: [], data: 1 }, 'channels must be a list that is not empty'],
    [{ channels: ['a', 1], data: 1 }, 'channels[1] must be a text'],
    [{ channels: ['a'] }, 'data must be given'],
  ])('refuses %j', async (request, complaint) => {
    const { post } = await startApi()
    const error = { code: 107, message: `bad request: ${complaint}` }
    expect((await post('broadcast', request)).body).toEqual({ error })
  })

  it('says which channels the engine failed for', async () => {
    const faults: unknown[] = []
    const fault = new Error('engine is away')
    const { call } = await startApi({
      engine: {
        subscribe: () => undefined,
        unsubscribe: () => undefined,
        publish: (channel) =>
          channel === 'a' ? Promise.reject(fault) : Promise.reject(new ClientError(108, 'not available')),
        history: async () => ({ publications: [], position: { offset: 0, epoch: 'e' }, complete: true }),
      },
      onError: (error) => void faults.push(error),
    })
    expect(await call('broadcast', { channels: ['a', 'b'], data: 1 })).toEqual({
      responses: [
        { error: { code: 100, message: 'internal server error' } },
        { error: { code: 108, message: 'not available' } },
      ],
    })
    expect(faults).toEqual([fault])
  })
})

describe('history', () => {
  const withThree = async () => {
    const api = await startApi()
    for (const data of [1, 2, 3]) await api.call('publish', { channel: 'room', data, tags: { n: `${data}` } })
    const { epoch } = (await api.call('history', { channel: 'room' })) as { epoch: string }
    const read = (query: object) => api.call('history', { channel: 'room', ...query })
    const publication = (n: number) => ({ data: n, offset: n, tags: { n: `${n}` } })
    return { ...api, epoch, read, publication }
  }

  it('answers only where the stream stands without a limit', async () => {
    const { read, epoch } = await withThree()
    expect(await read({})).toEqual({ publications: [], offset: 3, epoch })
  })

  it('answers publications up to the limit, or all', async () => {
    const { read, epoch, publication } = await withThree()
    const [one, two, three] = [publication(1), publication(2), publication(3)]
    expect(await read({ limit: 2 })).toEqual({ publications: [one, two], offset: 3, epoch })
    expect(await read({ limit: -1 })).toEqual({ publications: [one, two, three], offset: 3, epoch })
    expect(await read({ limit: 2, reverse: true })).toMatchObject({ publications: [three, two] })
    expect(await read({ limit: -1, since: { offset: 1, epoch } })).toMatchObject({
      publications: [two, three],
    })
    const since = { offset: 3, epoch }
    expect(await read({ limit: 1, reverse: true, since })).toMatchObject({ publications: [two] })
  })

  it('shows who published, and bytes as base64', async () => {
    const { url, call } = await startApi({
      connect: async ({ token }) => ({ user: token, info: { name: 'Ann' } }),
      publish: async () => ({}),
    })
    const client = await connectClient(url)
    await client.publish('room', 'hello')
    const bytes = base64(new Uint8Array([0, 255]))
    await call('publish', { channel: 'room', b64data: bytes })
    const { publications } = (await call('history', { channel: 'room', limit: 9 })) as {
      publications: unknown[]
    }
    const info = { user: 'ann', client: expect.any(String) as string, conn_info: { name: 'Ann' } }
    expect(publications).toEqual([
      { data: 'hello', offset: 1, info },
      { b64data: bytes, offset: 2 },
    ])
  })

  it('is refused where there is none, for another epoch, and backwards from nowhere', async () => {
    const { post, read, epoch } = await withThree()
    expect((await post('history', { channel: 'bare:x' })).body).toMatchObject({ error: { code: 108 } })
    await expect(read({ since: { offset: 1, epoch: 'other' } })).rejects.toThrow('112')
    await expect(read({ since: { offset: 0, epoch }, reverse: true, limit: 1 })).rejects.toThrow('107')
    await expect(read({ since: 1 })).rejects.toThrow('since must be an object')
    await expect(read({ since: { offset: 'x' } })).rejects.toThrow('since.offset must be a whole number')
  })

  it('is removed, and goes on where it stood', async () => {
    const { call, post, read, epoch } = await withThree()
    expect(await call('history_remove', { channel: 'room' })).toEqual({})
    expect(await read({ limit: 9 })).toEqual({ publications: [], offset: 3, epoch })
    expect(await call('publish', { channel: 'room', data: 4 })).toEqual({ offset: 4, epoch })
    expect((await post('history_remove', { channel: 'bare:x' })).body).toMatchObject({ error: { code: 108 } })
  })
})

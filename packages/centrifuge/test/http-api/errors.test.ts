import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { ClientError } from '../../src/index.ts'
import { read, startApi } from './api.ts'

const transport = { 'x-centrifugo-error-mode': 'transport' }
const engineThat = (publish: () => never) => ({
  engine: {
    subscribe: () => undefined,
    unsubscribe: () => undefined,
    publish: async () => publish(),
    history: async () => ({ publications: [], position: { offset: 0, epoch: 'e' }, complete: true }),
  },
})
const failing = (code: number) =>
  engineThat(() => {
    throw new ClientError(code, 'no')
  })

describe('errors', () => {
  it.each([
    [100, 500, 'no'],
    [102, 404, 'no'],
    [104, 404, 'no'],
    [107, 400, 'no'],
    [108, 400, 'no'],
    [112, 416, 'no'],
    [113, 409, 'no'],
    [400, 500, 'no'],
  ])('of code %i are 200 by default and %i where the transport is to tell', async (code, status, message) => {
    const { post } = await startApi(failing(code))
    const request = { channel: 'room', data: 1 }
    const type = 'application/json'
    const error = { code, message }
    expect(await post('publish', request)).toEqual({ status: 200, type, body: { error } })
    expect(await post('publish', request, transport)).toEqual({ status, type, body: error })
  })

  it('that nobody foresaw are 100, and reported', async () => {
    const faults: unknown[] = []
    const fault = new TypeError('oops')
    const options = engineThat(() => {
      throw fault
    })
    const { post } = await startApi({ ...options, onError: (error) => void faults.push(error) })
    const error = { code: 100, message: 'internal server error' }
    const request = { channel: 'room', data: 1 }
    expect(await post('publish', request)).toMatchObject({ status: 200, body: { error } })
    expect(await post('publish', request, transport)).toMatchObject({ status: 500, body: error })
    expect(faults).toEqual([fault, fault])
  })

  it('change nothing of a success', async () => {
    const { post } = await startApi()
    expect(await post('publish', { channel: 'bare:x', data: 1 }, transport)).toMatchObject({
      status: 200,
      body: { result: {} },
    })
  })

  it('tell that there is no method of that name to call', async () => {
    const { post } = await startApi()
    const error = { code: 104, message: 'method not found' }
    expect((await post('rpc', { method: 'sum', params: [1] })).body).toEqual({ error })
    expect((await post('rpc', {})).body).toMatchObject({ error: { code: 107 } })
  })
})

describe('batch', () => {
  it.each([undefined, false, true])('answers every command in its place (parallel: %s)', async (parallel) => {
    const { post } = await startApi()
    const commands = [
      { publish: { channel: 'room', data: 1 } },
      { publish: { channel: 'none:x', data: 1 } },
      { presence_stats: { channel: 'room' } },
      { unknown: {} },
      {},
      { info: null, publish: { channel: 1 } },
      { history: { channel: 'bare:x' } },
      { batch: { commands: [] } },
      { channels: {} },
    ]
    const { status, body } = await post('batch', { commands, parallel })
    const notFound = { error: { code: 104, message: 'method not found' } }
    expect(status).toBe(200)
    expect(body).toEqual({
      replies: [
        { publish: { offset: 1, epoch: expect.any(String) as string } },
        { error: { code: 102, message: 'unknown channel' } },
        { presence_stats: { num_clients: 0, num_users: 0 } },
        notFound,
        notFound,
        { error: { code: 107, message: 'bad request: channel must be a text' } },
        { error: { code: 108, message: 'not available' } },
        notFound,
        { channels: { channels: {} } },
      ],
    })
  })

  it('keeps the order of its commands', async () => {
    const { post, call } = await startApi()
    const commands = [1, 2, 3].map((data) => ({ publish: { channel: 'room', data } }))
    await post('batch', { commands })
    const { publications } = (await call('history', { channel: 'room', limit: 9 })) as {
      publications: { data: number }[]
    }
    expect(publications.map(({ data }) => data)).toEqual([1, 2, 3])
  })

  it.each([
    [{}, 'commands must be a list'],
    [{ commands: {} }, 'commands must be a list'],
    [{ commands: [{}, 1] }, 'commands[1] must be an object'],
    [{ commands: [], parallel: 1 }, 'parallel must be true or false'],
  ])('refuses %j', async (request, complaint) => {
    const { post } = await startApi()
    const error = { code: 107, message: `bad request: ${complaint}` }
    expect(await post('batch', request)).toMatchObject({ status: 200, body: { error } })
    expect(await post('batch', request, transport)).toMatchObject({ status: 400, body: error })
  })
})

const names = [
  ...['publish', 'broadcast', 'subscribe', 'unsubscribe', 'disconnect', 'refresh', 'presence'],
  ...['presence_stats', 'history', 'history_remove', 'channels', 'info', 'rpc', 'batch'],
]
const fieldNames = [
  ...[
    'channel',
    'channels',
    'user',
    'data',
    'b64data',
    'info',
    'client',
    'limit',
    'since',
    'tags',
    'override',
  ],
  ...['version', 'expire_at', 'disconnect', 'whitelist', 'commands', 'pattern', 'method', 'recover_since'],
]
const value = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom('room', 'bare:x', 1, true))
const anyRequest = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...fieldNames), value))

describe('whatever JSON comes', () => {
  it('gets JSON for an answer, and the server lives', async () => {
    const faults: unknown[] = []
    const { post, call } = await startApi({ onError: (error) => void faults.push(error) })
    const property = fc.asyncProperty(fc.constantFrom(...names), anyRequest, async (name, request) => {
      const { status, type, body } = await post(name, request)
      expect({ status, type }).toEqual({ status: 200, type: 'application/json' })
      const [key] = Object.keys(body as object)
      expect(['result', 'error', 'replies']).toContain(key)
    })
    await fc.assert(property, { numRuns: 500 })
    expect(await call('info', {})).toHaveProperty('nodes')
    expect(faults).toEqual([])
  })

  it('may be deeper than anybody can follow', async () => {
    const { fetchApi, call } = await startApi()
    const depth = 200_000
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    const answer = await read(await fetchApi('publish', { body: `{"channel":"room","data":${deep}}` }))
    expect(answer.body).toEqual({ error: { code: 100, message: 'internal server error' } })
    expect(await call('info', {})).toHaveProperty('nodes')
  })
})

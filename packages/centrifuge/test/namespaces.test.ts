import { describe, expect, it } from 'vitest'
import { createMemoryEngine, type ChannelOptions, type Options } from '../src/index.ts'
import { createClientBy, nextEvent } from './support/client.ts'
import { connectRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

const history = { history_size: 10, history_ttl: '10m' }

/** Has the options for `room:…`, and none elsewhere. */
async function startRoom(options: ChannelOptions = {}, others: Partial<Options> = {}) {
  const server = await startServer({ channel: { namespaces: [{ name: 'room', ...options }] }, ...others })
  return { ...server, raw: await connectRaw(server.url) }
}

describe('a channel', () => {
  it.each([
    ['no namespace', 'index', undefined],
    ['a namespace', 'room:1', undefined],
    ['a namespace and more colons', 'room:1:2', undefined],
    ['a namespace that is not there', 'rooms:1', 102],
    ['a namespace of other letters', 'Room:1', 102],
    ['the prefix of a namespace', 'roo:1', 102],
    ['a namespace such as objects have', 'constructor:1', 102],
    ['nothing before its colon', ':1', undefined],
    ['as many characters as allowed', 'x'.repeat(255), undefined],
    ['too many characters', 'x'.repeat(256), 107],
    ['letters beyond ASCII', 'größe', 107],
    ['letters beyond ASCII in its namespace', 'größe:1', 102],
    ['control characters', 'a\u0007', 107],
  ])('with %s is %j, answered with %s', async (_what, channel, code) => {
    const { raw, centrifuge } = await startRoom()
    raw.send({ id: 2, subscribe: { channel } })
    const answer = await raw.message()
    const publishing = centrifuge.publish(channel, 1)
    if (code === undefined) {
      expect(answer).toMatchObject({ id: 2, subscribe: {} })
      await publishing
    } else {
      expect(answer).toMatchObject({ id: 2, error: { code } })
      await expect(publishing).rejects.toMatchObject({ code })
    }
  })

  it.each(['publish', 'history', 'presence', 'presence_stats', 'sub_refresh'])(
    'of an unknown namespace is 102 for %s too',
    async (method) => {
      const { raw } = await startRoom()
      raw.send({ id: 2, [method]: { channel: 'chat:1', data: 1, token: 't' } })
      expect(await raw.message()).toMatchObject({ id: 2, error: { code: 102 } })
    },
  )

  it('may not be empty', async () => {
    const { raw } = await startRoom()
    raw.send({ id: 2, subscribe: { channel: '' } })
    expect(await raw.closed).toEqual({ code: 3501, reason: 'bad request' })
  })

  it('may be as long as the settings say', async () => {
    const { raw } = await startRoom({}, { channelMaxLength: 6 })
    raw.send({ id: 2, subscribe: { channel: 'room:1' } }, { id: 3, subscribe: { channel: 'room:12' } })
    expect(await raw.message()).toMatchObject({ id: 2, subscribe: {} })
    expect(await raw.message()).toMatchObject({ id: 3, error: { code: 107 } })
  })
})

describe('a namespace', () => {
  it('has options of its own, also for its private channels', async () => {
    const { url } = await startServer({
      channel: {
        without_namespace: { presence: true, allow_presence_for_client: true },
        namespaces: [
          { name: 'room', ...history, force_recovery: true, allow_history_for_client: true },
          { name: 'bare' },
        ],
      },
    })
    const raw = await connectRaw(url)
    const answers: unknown[] = []
    for (const channel of ['index', 'room:1', '$room:1', 'bare:1']) {
      raw.send({ id: 2, subscribe: { channel, token: 't' } })
      raw.send({ id: 3, presence: { channel } }, { id: 4, history: { channel } })
      answers.push([await raw.message(), await raw.message(), await raw.message()])
    }
    const off = { error: { code: 108 } }
    const recoverable = { subscribe: { recoverable: true } }
    expect(answers).toMatchObject([
      [{ subscribe: {} }, { presence: {} }, off],
      [recoverable, off, { history: {} }],
      [recoverable, off, { history: {} }],
      [{ subscribe: {} }, off, off],
    ])
  })

  it('keeps as many publications as it says, for as long as it says', async () => {
    let time = 0
    const namespaces = [
      { name: 'short', history_size: 2, history_ttl: '1s' },
      { name: 'long', history_size: 3, history_ttl: '1m' },
    ]
    const engine = createMemoryEngine({ now: () => time })
    const { centrifuge } = await startServer({ engine, channel: { namespaces } })
    const kept = async () => {
      const reading = ['short:1', 'long:1'].map((channel) => centrifuge.history(channel, { limit: 10 }))
      return (await Promise.all(reading)).map(({ publications, position }) => [
        publications.length,
        position.offset,
      ])
    }
    for (const data of [1, 2, 3, 4])
      await Promise.all([centrifuge.publish('short:1', data), centrifuge.publish('long:1', data)])
    expect(await kept()).toEqual([
      [2, 4],
      [3, 4],
    ])
    time = 1000
    expect(await kept()).toEqual([
      [0, 4],
      [3, 4],
    ])
    await expect(centrifuge.history('index', { limit: 1 })).rejects.toMatchObject({ code: 108 })
  })
})

describe('channel_regex', () => {
  it.each([
    ['room:42', undefined],
    ['room:4a', 107],
    ['room:', 107],
    ['$room:42', undefined],
  ])('is matched with what follows the namespace: %s', async (channel, code) => {
    const { raw } = await startRoom({ channel_regex: '^\\d+$' })
    raw.send({ id: 2, subscribe: { channel, token: 't' } })
    expect(await raw.message()).toMatchObject(code ? { error: { code } } : { subscribe: {} })
  })

  it('may let in letters beyond ASCII, and only where it says so', async () => {
    const { raw } = await startRoom({ channel_regex: '^\\p{L}+$' })
    raw.send({ id: 2, subscribe: { channel: 'room:größe' } }, { id: 3, subscribe: { channel: 'größe' } })
    expect(await raw.message()).toMatchObject({ id: 2, subscribe: {} })
    expect(await raw.message()).toMatchObject({ id: 3, error: { code: 107 } })
  })
})

describe('publication_data_format', () => {
  const values = { object: { a: 1 }, list: [1], text: 'hello', null: null, bytes: Uint8Array.of(0xff, 0) }
  type Kind = keyof typeof values

  it.each<[ChannelOptions['publication_data_format'], Kind[]]>([
    [undefined, ['object', 'list', 'text', 'null', 'bytes']],
    ['', ['object', 'list', 'text', 'null', 'bytes']],
    ['json', ['object', 'list', 'text', 'null']],
    ['json_object', ['object']],
    ['binary', ['object', 'list', 'text', 'null', 'bytes']],
  ])('%j takes %j from the server', async (format, taken) => {
    const { centrifuge } = await startRoom({ ...history, publication_data_format: format })
    const results = await Promise.allSettled(
      Object.values(values).map((value) => centrifuge.publish('room:1', value)),
    )
    const names = Object.keys(values).filter((_, index) => results[index]?.status === 'fulfilled')
    expect(names).toEqual(taken)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 107 })
  })

  it('holds for clients of either encoding, for what a hook makes of it, and for empty data', async () => {
    const { url, base } = await startServer({
      channel: { namespaces: [{ name: 'room', publication_data_format: 'json_object' }] },
      publish: async ({ data }) => ({ data: data === 'wrap' ? { data } : data === 'unwrap' ? 1 : data }),
    })
    const raw = await connectRaw(url)
    const codeOf = async (data: unknown) => {
      raw.send({ id: 2, publish: { channel: 'room:1', data } })
      return ((await raw.message()) as { error?: { code: number } }).error?.code
    }
    const codes = []
    for (const data of [{}, 'wrap', 'unwrap', [{}], 1, undefined]) codes.push(await codeOf(data))
    expect(codes).toEqual([undefined, undefined, 107, 107, 107, 107])

    const client = createClientBy({ transport: 'websocket', encoding: 'protobuf' }, base)
    client.connect()
    await client.publish('room:1', new TextEncoder().encode('{"a":1}'))
    await expect(client.publish('room:1', Uint8Array.of(0xff))).rejects.toMatchObject({ code: 107 })
  })
})

describe('recovery', () => {
  it('of the cache mode gives the newest publication, however many were missed', async () => {
    const cache = { ...history, force_recovery: true, force_recovery_mode: 'cache' as const }
    const { raw, centrifuge } = await startRoom({ ...cache, history_size: 2 })
    for (const data of [1, 2, 3, 4, 5]) await centrifuge.publish('room:1', data)
    raw.send({ id: 2, subscribe: { channel: 'room:1', recover: true, offset: 1 } })
    expect(await raw.message()).toMatchObject({
      subscribe: { was_recovering: true, recovered: true, publications: [{ data: 5, offset: 5 }] },
    })
    raw.send({ id: 3, subscribe: { channel: 'room:2', recover: true } })
    expect(await raw.message()).toMatchObject({ subscribe: { was_recovering: true, recovered: true } })
  })

  it.each([
    ['allow_recovery', 'recoverable', { recoverable: true, positioned: true }],
    ['allow_recovery', 'positioned', undefined],
    ['allow_positioning', 'positioned', { positioned: true }],
    ['allow_positioning', 'recoverable', undefined],
  ])('with %s is not forced on anybody, and who asks to be %s gets %o', async (option, wish, given) => {
    const { raw } = await startRoom({ ...history, [option]: true })
    raw.send({ id: 2, subscribe: { channel: 'room:1' } })
    raw.send({ id: 3, subscribe: { channel: 'room:2', [wish]: true } })
    expect(await raw.message()).toEqual({ id: 2, subscribe: {} })
    const epoch: unknown = expect.any(String)
    expect(await raw.message()).toEqual({ id: 3, subscribe: given ? { ...given, epoch } : {} })
  })

  it('is not promised to who asks where nothing allows it', async () => {
    const { raw } = await startRoom(history)
    raw.send({ id: 2, subscribe: { channel: 'room:1', recoverable: true, positioned: true, recover: true } })
    expect(await raw.message()).toEqual({ id: 2, subscribe: {} })
  })
})

describe('an override', () => {
  it('sets options otherwise for one subscription', async () => {
    const { raw } = await startRoom(
      { ...history, force_recovery: true },
      {
        subscribe: async ({ channel }) =>
          channel === 'room:1' ? { override: { force_recovery: false, force_positioning: true } } : {},
      },
    )
    raw.send({ id: 2, subscribe: { channel: 'room:1' } }, { id: 3, subscribe: { channel: 'room:2' } })
    const epoch: unknown = expect.any(String)
    expect(await raw.message()).toEqual({ id: 2, subscribe: { positioned: true, epoch } })
    expect(await raw.message()).toEqual({
      id: 3,
      subscribe: { recoverable: true, positioned: true, epoch },
    })
  })

  it('shows somebody in the presence, or does not', async () => {
    const { url, centrifuge } = await startServer({
      channel: { without_namespace: { presence: true } },
      subscribe: async ({ user }) => ({ override: { presence: user === 'ann' } }),
    })
    for (const token of ['ann', 'spy']) {
      const raw = await connectRaw(url, { token })
      raw.send({ id: 2, subscribe: { channel: 'index' } })
      await raw.message()
    }
    expect(await centrifuge.presence('index')).toMatchObject([{ user: 'ann' }])
  })

  it('cannot promise recovery where nothing is kept', async () => {
    const override = { force_recovery: true, force_positioning: true }
    const { raw } = await startRoom({}, { subscribe: async () => ({ override }) })
    raw.send({ id: 2, subscribe: { channel: 'room:1', recover: true } })
    expect(await raw.message()).toEqual({ id: 2, subscribe: {} })
  })

  it('has others hear of those who come, or not', async () => {
    const { url, base } = await startServer({
      channel: { without_namespace: {} },
      subscribe: async ({ user }) => ({
        override: user === 'ann' ? { force_push_join_leave: true } : { join_leave: user === 'bob' },
      }),
    })
    const ann = createClientBy({ transport: 'websocket', encoding: 'json' }, base)
    const subscription = ann.newSubscription('index')
    subscription.subscribe()
    ann.connect()
    await subscription.ready()
    const joined = nextEvent(subscription, 'join')
    for (const token of ['spy', 'bob']) {
      const raw = await connectRaw(url, { token })
      raw.send({ id: 2, subscribe: { channel: 'index' } })
      await raw.message()
    }
    expect(await joined).toMatchObject({ info: { user: 'bob' } })
  })
})

import type { UnsubscribedContext } from 'centrifuge'
import { describe, expect, it } from 'vitest'
import type { ChannelOptions, Options } from '../src/index.ts'
import { connectClient, createClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { startServer, type TestServer } from './support/server.ts'

const history = { history_size: 10, history_ttl: '10m' }

/** Without hooks but for who connects: a token is a user, none is nobody. */
function startWith(options: ChannelOptions, others: Partial<Options> = {}): Promise<TestServer> {
  return startServer({ channel: { without_namespace: options }, subscribe: undefined, ...others })
}

/** The code of the error that a command is answered with; 0 for none. */
async function codeOf({ url }: TestServer, user: string, ...commands: object[]): Promise<number> {
  const raw = await connectRaw(url, { token: user })
  let code = 0
  for (const command of commands) {
    raw.send({ id: 2, ...command })
    const { error } = (await raw.message()) as { error?: { code: number } }
    code = error?.code ?? 0
  }
  return code
}

const commandsOf = {
  publish: [{ publish: { channel: 'room', data: 1 } }],
  history: [{ history: { channel: 'room' } }],
  presence: [{ presence: { channel: 'room' } }, { presence_stats: { channel: 'room' } }],
}
const actions = ['publish', 'history', 'presence'] as const
const allowedSets = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  client: (bits & 1) > 0,
  subscriber: (bits & 2) > 0,
  anonymous: (bits & 4) > 0,
}))

describe.each(actions)('to %s', (action) => {
  it.each(allowedSets)('is for who %o says', async ({ client, subscriber, anonymous }) => {
    const server = await startWith(
      {
        ...history,
        presence: true,
        [`allow_${action}_for_client`]: client,
        [`allow_${action}_for_subscriber`]: subscriber,
        [`allow_${action}_for_anonymous`]: anonymous,
      },
      { subscribe: async () => ({}) },
    )
    for (const command of commandsOf[action]) {
      for (const user of ['ann', '']) {
        for (const isSubscribed of [true, false]) {
          const before = isSubscribed ? [{ subscribe: { channel: 'room' } }] : []
          const isAllowed = (user !== '' || anonymous) && (client || (subscriber && isSubscribed))
          const code = await codeOf(server, user, ...before, command)
          expect({ user, isSubscribed, code }).toEqual({ user, isSubscribed, code: isAllowed ? 0 : 103 })
        }
      }
    }
  })

  it('is for those whom the server has subscribed too, as long as they are', async () => {
    const server = await startWith(
      { ...history, presence: true, [`allow_${action}_for_subscriber`]: true },
      { connect: async () => ({ user: 'ann', channels: ['room'] }) },
    )
    const raw = await connectRaw(server.url)
    const [command] = commandsOf[action]
    raw.send({ id: 2, ...command })
    let answer = await raw.message()
    // What is published comes back to who published it.
    if (action === 'publish') answer = await raw.message()
    expect(answer).not.toHaveProperty('error')
    raw.send({ id: 3, unsubscribe: { channel: 'room' } }, { id: 4, ...command })
    expect(await raw.message()).toMatchObject({ id: 3 })
    expect(await raw.message()).toMatchObject({ id: 4, error: { code: 103 } })
  })

  it('in a channel of users is for those, and for who has been let in', async () => {
    const channel = 'room#ann,bob'
    const command = { [action]: { channel, data: 1 } }
    const options = {
      ...history,
      presence: true,
      [`allow_${action}_for_client`]: true,
      [`allow_${action}_for_anonymous`]: true,
    }
    const connect: Options['connect'] = async ({ token }) => ({
      user: token,
      channels: token === 'dan' ? [channel] : [],
    })
    const strict = await startWith(options, { connect })
    const codes = []
    for (const user of ['ann', 'bob', 'carol', 'dan', ''])
      codes.push([user, await codeOf(strict, user, command)])
    expect(codes).toEqual([
      ['ann', 0],
      ['bob', 0],
      ['carol', 103],
      ['dan', 103],
      ['', 103],
    ])
    const open = await startWith({ ...options, [`allow_${action}_for_subscriber`]: true }, { connect })
    const dan = await connectRaw(open.url, { token: 'dan' })
    dan.send({ id: 2, ...command })
    expect(await dan.message()).not.toHaveProperty('error')
    expect(await codeOf(open, 'carol', command)).toBe(103)
    const unlisted = { [action]: { channel: 'room#ann,', data: 1 } }
    expect(await codeOf(open, '', unlisted)).toBe(103)
  })
})

describe('to publish', () => {
  it('is what the hook says, whatever the namespace does', async () => {
    const publish: Options['publish'] = async ({ user }) => ({ data: { from: user } })
    const server = await startWith({}, { publish })
    expect(await codeOf(server, '', commandsOf.publish[0] ?? {})).toBe(0)
    expect(await codeOf(server, 'ann', { publish: { channel: 'nowhere:1', data: 1 } })).toBe(102)
    expect(await codeOf(server, 'ann', { publish: { channel: 'room' } })).toBe(107)
  })

  it('needs data, before anything is asked', async () => {
    const asked: unknown[] = []
    const publish: Options['publish'] = async (call) => (asked.push(call), {})
    const server = await startWith({}, { publish })
    expect(await codeOf(server, 'ann', { publish: { channel: 'room' } })).toBe(107)
    expect(asked).toEqual([])
  })
})

describe('history and presence', () => {
  it('that a namespace does not have are 108 even to those who may see them', async () => {
    const server = await startWith({ allow_history_for_client: true, allow_presence_for_client: true })
    for (const method of ['history', 'presence', 'presence_stats'])
      expect(await codeOf(server, 'ann', { [method]: { channel: 'room' } })).toBe(108)
  })
})

describe('to subscribe', () => {
  const room = { subscribe: { channel: 'room' } }

  it.each<[ChannelOptions, number, number]>([
    [{}, 103, 103],
    [{ allow_subscribe_for_client: true }, 0, 103],
    [{ allow_subscribe_for_anonymous: true }, 103, 103],
    [{ allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true }, 0, 0],
  ])('by %o is %d to a user and %d to nobody', async (options, user, nobody) => {
    const server = await startWith(options)
    expect([await codeOf(server, 'ann', room), await codeOf(server, '', room)]).toEqual([user, nobody])
  })

  it('is what the hook says, whatever the namespace does', async () => {
    const members = await startWith(
      { allow_subscribe_for_client: true },
      { subscribe: async ({ user }) => (user === 'ann' ? {} : null) },
    )
    const codes = []
    for (const user of ['ann', 'bob', '']) codes.push(await codeOf(members, user, room))
    expect(codes).toEqual([0, 103, 103])
  })

  it.each([undefined, true, 'yes'])(
    'is no when a hook answers %j, as only plain JavaScript can',
    async (answer) => {
      const hook = async () => answer as unknown as null
      const server = await startWith({ allow_subscribe_for_client: true }, { subscribe: hook, publish: hook })
      expect(await codeOf(server, 'ann', room)).toBe(103)
      expect(await codeOf(server, 'ann', { publish: { channel: 'room', data: 1 } })).toBe(103)
    },
  )

  it('is given up by the official client when it is refused', async () => {
    const { url } = await startServer({ subscribe: async () => null })
    const client = await connectClient(url)
    const subscription = client.newSubscription('room')
    const ended = nextEvent<UnsubscribedContext>(subscription, 'unsubscribed')
    subscription.subscribe()
    expect(await ended).toMatchObject({ code: 103 })
    expect(client.state).toBe('connected')
  })

  it.each([undefined, async () => ({})])(
    'is never possible in private channels without a token',
    async (hook) => {
      const options = { allow_subscribe_for_client: true, allow_user_limited_channels: true }
      const server = await startWith(options, { subscribe: hook })
      for (const channel of ['$room', '$room#ann'])
        expect(await codeOf(server, 'ann', { subscribe: { channel } })).toBe(103)
    },
  )

  it('is not possible in private channels where nobody can judge the token', async () => {
    const server = await startWith({ allow_subscribe_for_client: true, allow_user_limited_channels: true })
    for (const channel of ['$room', '$room#ann'])
      expect(await codeOf(server, 'ann', { subscribe: { channel, token: 'forged' } })).toBe(103)
  })

  it('is for the hook to judge in private channels where there are no keys', async () => {
    const subscribe: Options['subscribe'] = async ({ token }) => (token === 'good' ? {} : null)
    const server = await startWith({ allow_user_limited_channels: true }, { subscribe })
    for (const channel of ['$room', '$room#ann']) {
      expect(await codeOf(server, 'ann', { subscribe: { channel, token: 'good' } })).toBe(0)
      expect(await codeOf(server, 'ann', { subscribe: { channel, token: 'forged' } })).toBe(103)
    }
  })
})

describe('to subscribe to channels of users', () => {
  it.each([
    ['dialog#ann', 'ann', 0],
    ['dialog#ann,bob', 'ann', 0],
    ['dialog#ann,bob', 'bob', 0],
    ['dialog#ann,bob', 'carol', 103],
    ['dialog#ann,bob', 'an', 103],
    ['dialog#ann,bob', 'ann,bob', 103],
    ['dialog#ann#bob', 'bob', 0],
    ['dialog#ann#bob', 'ann', 103],
    ['dialog#ann,bob', '', 103],
    ['dialog#', '', 103],
    ['dialog#ann,', '', 103],
    ['dialog#', 'ann', 103],
    ['#ann', 'ann', 0],
  ])('%s is, to %j, answered with %d', async (channel, user, code) => {
    const all = { allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true }
    const server = await startWith({ ...all, allow_user_limited_channels: true })
    expect(await codeOf(server, user, { subscribe: { channel } })).toBe(code)
  })

  it('is not possible where the namespace does not allow it', async () => {
    const server = await startWith({ allow_subscribe_for_client: true })
    expect(await codeOf(server, 'ann', { subscribe: { channel: 'dialog#ann' } })).toBe(103)
  })

  it('does not ask the hook', async () => {
    const asked: unknown[] = []
    const subscribe: Options['subscribe'] = async (call) => (asked.push(call), {})
    const server = await startWith({ allow_user_limited_channels: true }, { subscribe })
    expect(await codeOf(server, 'ann', { subscribe: { channel: 'dialog#ann' } })).toBe(0)
    expect(await codeOf(server, 'bob', { subscribe: { channel: 'dialog#ann' } })).toBe(103)
    expect(asked).toEqual([])
  })
})

describe('to connect without credentials', () => {
  it('is possible only when it is asked for', async () => {
    const strict = await startServer({ connect: undefined })
    const refused = await openRaw(strict.url)
    refused.send({ id: 1, connect: {} })
    expect(await refused.closed).toEqual({ code: 3501, reason: 'bad request' })

    const open = await startServer({ connect: undefined, allowAnonymous: true })
    const client = createClient(open.url)
    client.connect()
    await client.ready()
    expect(open.centrifuge.connections()).toMatchObject([{ user: '' }])
  })

  it('makes users of nobody, who are not counted as one user', async () => {
    const { url, centrifuge } = await startServer({
      connect: undefined,
      allowAnonymous: true,
      maxConnectionsPerUser: 1,
    })
    await Promise.all([connectRaw(url, {}), connectRaw(url, {})])
    expect(centrifuge.counts()).toMatchObject({ connections: 2 })
  })
})

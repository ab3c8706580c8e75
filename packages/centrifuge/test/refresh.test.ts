import { describe, expect, it } from 'vitest'
import { ClientError, Disconnect, type Hooks } from '../src/index.ts'
import { createClient, nextEvent } from './support/client.ts'
import { connectRaw, openRaw } from './support/raw.ts'
import { startServer } from './support/server.ts'

const inSeconds = (seconds: number) => Date.now() / 1000 + seconds

/** A token is a name and when it expires; as an application would, refuses the token of another. */
const hooks: Pick<Hooks, 'connect' | 'refresh'> = {
  connect: async ({ token }) => {
    const { user, expireAt } = readToken(token)
    if (expireAt <= inSeconds(0)) throw new ClientError(109, 'token expired')
    return { user, expireAt, refresh: 'client' }
  },
  refresh: async ({ user, token = '' }) => {
    const given = readToken(token)
    if (given.user !== user) throw new Disconnect(3500, 'invalid token')
    return { expireAt: given.expireAt }
  },
}

const tokenOf = (user: string, seconds: number) => `${user}:${inSeconds(seconds)}`

function readToken(token: string) {
  const [user = '', expireAt] = token.split(':')
  return { user, expireAt: Number(expireAt) }
}

describe('a connection that the client refreshes', () => {
  it('is told how long it has, and again with every new token', async () => {
    const { url } = await startServer(hooks)
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: { token: tokenOf('ann', 30) } })
    const { connect } = (await raw.message()) as { connect: { client: string } }
    expect(connect).toMatchObject({ expires: true, ttl: 30 })
    raw.send({ id: 2, refresh: { token: tokenOf('ann', 60) } })
    expect(await raw.message()).toEqual({ id: 2, refresh: { expires: true, ttl: 60 } })
  })

  it('expires no more when the hook says so', async () => {
    const { url } = await startServer({ ...hooks, refresh: async () => ({}) })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: { token: tokenOf('ann', 30) } }, { id: 2, refresh: { token: 't' } })
    await raw.message()
    expect(await raw.message()).toEqual({ id: 2, refresh: {} })
  })

  it('is from then on what the hook says of it', async () => {
    const seen: unknown[] = []
    const { url } = await startServer({
      ...hooks,
      refresh: async () => ({ meta: { seat: 2 } }),
      rpc: async ({ meta }) => void seen.push(meta),
    })
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: { token: tokenOf('ann', 30) } }, { id: 2, refresh: { token: 't' } })
    raw.send({ id: 3, rpc: {} })
    for (let replies = 0; replies < 3; replies++) await raw.message()
    expect(seen).toEqual([{ seat: 2 }])
  })

  it('stays open over several tokens of the official client', async () => {
    const { url } = await startServer({ ...hooks, expiredCloseDelay: 500 })
    let enough = (): void => undefined
    const refreshed = new Promise<void>((resolve) => (enough = resolve))
    let asked = 0
    const getToken = async () => {
      asked += 1
      if (asked === 4) enough()
      return tokenOf('ann', 1)
    }
    const client = createClient(url, { getToken })
    const states: unknown[] = []
    client.on('state', ({ newState }) => states.push(newState))
    client.connect()
    await refreshed
    expect(states).toEqual(['connecting', 'connected'])
  })

  it('comes back with a new token when its own has expired', async () => {
    const { url } = await startServer(hooks)
    const client = createClient(url, {
      token: tokenOf('ann', -1),
      getToken: async () => tokenOf('ann', 30),
    })
    client.connect()
    await client.ready()
  })

  it('ends unauthorized when the client has no way to get a new token', async () => {
    const { url } = await startServer(hooks)
    const client = createClient(url, { token: tokenOf('ann', -1) })
    const gone = nextEvent(client, 'disconnected')
    client.connect()
    expect(await gone).toEqual({ code: 1, reason: 'unauthorized' })
  })

  it('is closed with 3005 when no token has come within the delay', async () => {
    const { url } = await startServer({ ...hooks, expiredCloseDelay: 50, staleTimeout: 80 })
    const expired = await connectRaw(url, { token: tokenOf('ann', 0.05) })
    expect(await expired.closed).toEqual({ code: 3005, reason: 'connection expired' })
  })

  it.each([
    ['', { code: 3501, reason: 'bad request' }],
    [tokenOf('ann', -1), { code: 3005, reason: 'connection expired' }],
    [tokenOf('bob', 30), { code: 3500, reason: 'invalid token' }],
  ])('is closed over the token %j', async (token, closing) => {
    const { url } = await startServer(hooks)
    const raw = await connectRaw(url, { token: tokenOf('ann', 30) })
    raw.send({ id: 2, refresh: { token } })
    expect(await raw.closed).toEqual(closing)
  })

  it('is closed with 3005 without a hook', async () => {
    const { url } = await startServer({ connect: hooks.connect })
    const raw = await connectRaw(url, { token: tokenOf('ann', 30) })
    raw.send({ id: 2, refresh: { token: 't' } })
    expect(await raw.closed).toMatchObject({ code: 3005 })
  })
})

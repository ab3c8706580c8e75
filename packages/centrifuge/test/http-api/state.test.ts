import { describe, expect, it } from 'vitest'
import { connectClient } from '../support/client.ts'
import { startApi } from './api.ts'

async function withTwoUsers() {
  const api = await startApi({
    connect: async ({ token }) => ({ user: token, info: { name: token }, channels: ['room'] }),
  })
  for (const token of ['ann', 'ann', 'bob']) await connectClient(api.url, { token })
  return api
}

describe('presence', () => {
  it('lists clients by their ids', async () => {
    const { call, centrifuge } = await withTwoUsers()
    const expected = centrifuge
      .connections()
      .map(({ client, user }) => [client, { client, user, conn_info: { name: user } }] as const)
    expect(await call('presence', { channel: 'room' })).toEqual({ presence: Object.fromEntries(expected) })
    expect(await call('presence', { channel: 'empty' })).toEqual({ presence: {} })
  })

  it('counts clients and users', async () => {
    const { call } = await withTwoUsers()
    expect(await call('presence_stats', { channel: 'room' })).toEqual({ num_clients: 3, num_users: 2 })
    expect(await call('presence_stats', { channel: 'empty' })).toEqual({ num_clients: 0, num_users: 0 })
  })

  it.each(['presence', 'presence_stats'])('is refused where there is none (%s)', async (method) => {
    const { post } = await startApi()
    const codeOf = async (request: object) => (await post(method, request)).body
    expect(await codeOf({ channel: 'bare:x' })).toEqual({ error: { code: 108, message: 'not available' } })
    expect(await codeOf({ channel: 'none:x' })).toMatchObject({ error: { code: 102 } })
    expect(await codeOf({})).toMatchObject({ error: { code: 107 } })
  })
})

describe('channels', () => {
  it('lists those that somebody is subscribed to, all or by a pattern', async () => {
    const { call } = await withTwoUsers()
    await call('subscribe', { user: 'bob', channel: 'bare:1' })
    const room = { num_clients: 3 }
    const bare = { num_clients: 1 }
    expect(await call('channels', {})).toEqual({ channels: { room, 'bare:1': bare } })
    expect(await call('channels', { pattern: '' })).toEqual({ channels: { room, 'bare:1': bare } })
    expect(await call('channels', { pattern: 'bare:*' })).toEqual({ channels: { 'bare:1': bare } })
    expect(await call('channels', { pattern: 'x*' })).toEqual({ channels: {} })
  })

  it('refuses a pattern that is no text', async () => {
    const { post } = await startApi()
    expect((await post('channels', { pattern: 1 })).body).toMatchObject({ error: { code: 107 } })
  })
})

describe('info', () => {
  it('says what is on this node', async () => {
    const { call } = await withTwoUsers()
    const node = {
      uid: expect.stringMatching(/^[-0-9a-f]{36}$/) as string,
      name: expect.any(String) as string,
      num_clients: 3,
      num_users: 2,
      num_channels: 1,
      num_subs: 3,
      uptime: expect.any(Number) as number,
    }
    expect(await call('info', {})).toEqual({ nodes: [node] })
  })
})

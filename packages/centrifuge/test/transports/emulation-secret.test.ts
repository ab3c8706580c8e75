import { describe, expect, it } from 'vitest'
import { connectRaw, connectStream, emulate, openRaw } from '../support/raw.ts'
import { startServer } from '../support/server.ts'

describe('the secret of an emulated client', () => {
  it('is new for every connection and hard to guess, and a WebSocket has none', async () => {
    const { base, url } = await startServer()
    const secrets = [await connectStream(base), await connectStream(base)].map(({ session }) => session)
    expect(new Set(secrets).size).toBe(2)
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    const raw = await openRaw(url)
    raw.send({ id: 1, connect: {} })
    expect(await raw.message()).not.toHaveProperty('connect.session')
  })

  it('cannot be replaced by anything else', async () => {
    const { base, url, centrifuge } = await startServer({ rpc: async ({ user }) => user })
    const stream = await connectStream(base)
    await connectRaw(url, { token: 'bob' })
    const known = centrifuge.connections().map(({ client }) => client)
    const guesses = [
      ...known,
      '',
      stream.session.slice(1),
      `${stream.session}A`,
      stream.session.toLowerCase(),
      '__proto__',
    ]
    for (const session of guesses)
      expect(await emulate(base, { ...stream, session }, { id: 2, rpc: {} })).toBe(204)
    await emulate(base, stream, { id: 3, rpc: {} })
    expect(await stream.message()).toEqual({ id: 3, rpc: { data: 'ann' } })
  })

  it('says nothing once the connection is closed', async () => {
    const calls: unknown[] = []
    const { base, centrifuge } = await startServer({ rpc: async (call) => void calls.push(call) })
    const stream = await connectStream(base)
    centrifuge.disconnect({ user: 'ann' })
    expect(await stream.message()).toMatchObject({ push: { disconnect: { code: 3503 } } })
    expect(await emulate(base, stream, { id: 2, rpc: {} })).toBe(204)
    expect(await stream.message()).toBeUndefined()
    expect(await emulate(base, stream, { id: 3, rpc: {} })).toBe(204)
    expect(calls).toEqual([])
  })
})

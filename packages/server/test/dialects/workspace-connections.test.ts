import { connectionTokenResponse, subscribeTokenResponse } from '@parley/wire/workspace'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { endSession } from '../../src/core/sessions.ts'
import { eraseUser, putUser } from '../../src/core/users.ts'
import { readRealtimeSecret } from '../../src/db/settings.ts'
import { createTokens } from '../../src/dialects/workspace/tokens.ts'
import { eachStore } from '../support/databases.ts'
import type { Address } from '../support/screen.ts'
import { connectionToken, listen, openScreen } from '../support/screen.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'
import { hs256 } from '../tokens.ts'

const HOUR_MS = 3_600_000

eachStore('a workspace’s connections', (database) => {
  let workspace: Workspace
  let address: Address
  let bob: Person

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    address = await listen(workspace.server)
  })
  beforeEach(async () => {
    bob = await workspace.person()
  })
  afterAll(() => workspace.close())

  it('need a token of ours that is good, and last as long as the user is there', async () => {
    const secret = await readRealtimeSecret(database())
    const holder = { userId: bob.id, org: 'acme', sessionId: null }
    const closed = (token: string) =>
      new Promise<number>((resolve) =>
        openScreen(address.url, async () => token).client.on('disconnected', ({ code }) => resolve(code)),
      )
    const forged = createTokens(new TextEncoder().encode('not the secret of this database, but longer'))
    expect(await closed((await forged.connectionToken(holder)).token)).toBe(3500)
    const { token } = await createTokens(secret).subscriptionToken(bob.id, 'chat:1')
    expect(await closed(token)).toBe(3500)
    const endless = await new SignJWT({ sessionId: null })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('parley:workspace')
      .setSubject(bob.id)
      .sign(secret)
    expect(await closed(endless)).toBe(3500)
    const nobody = await createTokens(secret).connectionToken({ ...holder, userId: 'nobody' })
    expect(await closed(nobody.token)).toBe(4501)

    const past = createTokens(secret, () => Date.now() - HOUR_MS - 1000)
    const tokens = [(await past.connectionToken(holder)).token, await connectionToken(workspace, bob)]
    const screen = openScreen(address.url, async () => tokens.shift() ?? '')
    await screen.client.ready()
    expect(tokens).toEqual([])
    const gone = new Promise((resolve) => screen.client.on('disconnected', ({ code }) => resolve(code)))
    await eraseUser(workspace.server.chat, bob.id, 'keep')
    expect(await gone).toBe(4501)
  })

  it('end with the session that their token was asked for with', async () => {
    const { cookie, csrfToken } = await workspace.session(bob)
    const { body } = await workspace.request('/realtime/token', { cookie, 'x-csrf-token': csrfToken }, {})
    const { token } = connectionTokenResponse.parse(body).data
    const screen = openScreen(address.url, async () => token)
    await screen.client.ready()
    const other = openScreen(address.url, () => connectionToken(workspace, bob))
    await other.client.ready()
    const gone = new Promise((resolve) => screen.client.on('disconnected', ({ code }) => resolve(code)))
    await endSession(workspace.server.chat, cookie.slice(cookie.indexOf('=') + 1))
    expect(await gone).toBe(4501)
    expect(other.client.state).toBe('connected')
    const again = openScreen(address.url, async () => token).client
    expect(await new Promise((resolve) => again.on('disconnected', ({ code }) => resolve(code)))).toBe(4501)
  })

  it('are opened by tokens that last an hour, or until what they were asked for with ends', async () => {
    const { id: conversationId } = await workspace.conversation(bob, { type: 'group' })
    const expiries = async (headers: Record<string, string>) => {
      const connecting = await workspace.request('/realtime/token', headers)
      const subscribing = await workspace.request('/chat/subscribe-token', headers, { conversationId })
      return [
        connectionTokenResponse.parse(connecting.body).data.expiresAt,
        subscribeTokenResponse.parse(subscribing.body).data.expiresAt,
      ]
    }
    const bearing = async (claims: object) => ({
      authorization: `Bearer ${await hs256({ sub: bob.id, ...claims })}`,
    })
    const soon = Math.floor(Date.now() / 1000) + 600
    const end = new Date(soon * 1000).toISOString()
    expect(await expiries(await bearing({ exp: soon }))).toEqual([end, end])

    const { cookie, csrfToken } = await workspace.session(bob)
    const minute = Date.now() + 60_000
    for (const expiry of await expiries({ cookie, 'x-csrf-token': csrfToken }))
      expect(Date.parse(expiry)).toBeLessThanOrEqual(minute)

    const before = Math.floor(Date.now() / 1000) * 1000
    for (const expiry of await expiries(await bearing({})))
      expect(Date.parse(expiry)).toBeGreaterThanOrEqual(before + HOUR_MS)
  })

  it('begin anew when their user comes to another organisation', async () => {
    const ann = await workspace.person()
    const channel = { type: 'channel', visibility: 'org', name: 'lobby' }
    const { id } = await workspace.conversation(ann, channel)
    const screen = openScreen(address.url, () => connectionToken(workspace, bob))
    const lobby = screen.subscribe(`chat:${id}`)
    await Promise.all([screen.client.ready(), lobby.ready()])
    const refused = new Promise((resolve) => lobby.on('unsubscribed', ({ code }) => resolve(code)))
    const subscribed = new Promise((resolve) =>
      screen.client.on('subscribed', ({ channel }) => channel === 'org:globex' && resolve(channel)),
    )
    const profile = { displayName: 'Bob', avatarUrl: null, role: 'user' as const }
    await putUser(workspace.server.chat, { id: bob.id, ...profile, orgId: 'globex' })
    expect(await refused).toBe(103)
    expect(await subscribed).toBe('org:globex')
  })
})

import { describe, expect, it } from 'vitest'
import { TokenExpiredError, TokenInvalidError } from '../../src/tokens/errors.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { secret, signHmac, startClock, today } from './support.ts'

const { now } = startClock()
const verifier = createTokenVerifier({ hmac_secret_key: secret }, { now })
const subscribe = async (claims: object) => verifier.subscription(await signHmac({ ...claims }))

describe('a subscription token', () => {
  it('says who may subscribe to what, and how', async () => {
    const override = {
      presence: { value: true },
      join_leave: { value: false },
      force_recovery: { value: true },
      force_positioning: {},
      force_push_join_leave: null,
      something_newer: { value: true },
    }
    const token = await subscribe({
      sub: '42',
      channel: 'chat:1',
      client: 'c1',
      exp: today + 60,
      info: { a: 1 },
      b64data: 'AQI=',
      override,
    })
    expect(token).toEqual({
      user: '42',
      channel: 'chat:1',
      client: 'c1',
      expireAt: today + 60,
      info: { a: 1 },
      data: Uint8Array.of(1, 2),
      override: { presence: true, join_leave: false, force_recovery: true, force_positioning: false },
    })
  })

  it('needs neither a user nor a client nor an end', async () => {
    expect(await subscribe({ channel: 'news' })).toEqual({ user: '', channel: 'news' })
    expect(await subscribe({ channel: 'news', client: '' })).toEqual({ user: '', channel: 'news' })
  })

  it('expires as a connection token does', async () => {
    expect(await subscribe({ channel: 'a', exp: today + 9, expire_at: 0 })).toEqual({
      user: '',
      channel: 'a',
    })
    await expect(subscribe({ channel: 'a', exp: today })).rejects.toThrow(TokenExpiredError)
  })

  it.each([
    { sub: '42' },
    { channel: '' },
    { channel: null },
    { channel: 7 },
    { channel: 'a', client: 7 },
    { channel: 'a', sub: 7 },
    { channel: 'a', override: 'presence' },
    { channel: 'a', b64data: '*' },
  ])('is invalid with the claims %j', async (claims) => {
    await expect(subscribe(claims)).rejects.toThrow(TokenInvalidError)
  })

  it('is no connection token, nor the reverse, even when it has been verified as what it is', async () => {
    const subscription = await signHmac({ sub: '42', channel: 'a' })
    const connection = await signHmac({ sub: '42' })
    await Promise.all([verifier.subscription(subscription), verifier.connection(connection)])
    await expect(verifier.connection(subscription)).rejects.toThrow(TokenInvalidError)
    await expect(verifier.subscription(connection)).rejects.toThrow(TokenInvalidError)
  })
})

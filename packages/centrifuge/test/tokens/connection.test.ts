import { describe, expect, it } from 'vitest'
import { TokenExpiredError, TokenInvalidError } from '../../src/tokens/errors.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { secret, signHmac, startClock, today } from './support.ts'

const { now } = startClock()
const verifier = createTokenVerifier({ hmac_secret_key: secret }, { now })
const connect = async (claims: object) => verifier.connection(await signHmac({ ...claims }))

describe('a connection token', () => {
  it('says who connects and what the connection carries', async () => {
    const token = await connect({
      sub: '42',
      exp: today + 60,
      iat: today,
      jti: 'a',
      info: { name: 'Ann' },
      channels: ['news'],
      subs: { chat: { info: 1, data: [2], override: { presence: { value: true } } } },
      meta: { tenant: 7 },
    })
    expect(token).toEqual({
      user: '42',
      expireAt: today + 60,
      info: { name: 'Ann' },
      channels: ['news'],
      subs: { chat: { info: 1, data: [2], override: { presence: true } } },
      meta: { tenant: 7 },
    })
  })

  it('without a user is for somebody anonymous, for ever', async () => {
    expect(await connect({})).toEqual({ user: '' })
    expect(await connect({ sub: '' })).toEqual({ user: '' })
  })

  it('holds whole seconds of a fractional exp', async () => {
    expect(await connect({ exp: today + 1.5 })).toMatchObject({ expireAt: today + 1 })
  })

  it('lets the connection live for as long as expire_at says', async () => {
    expect(await connect({ exp: today + 60, expire_at: today + 3600 })).toMatchObject({
      expireAt: today + 3600,
    })
    expect(await connect({ exp: today + 60, expire_at: 0 })).toEqual({ user: '' })
    expect(await connect({ exp: today + 60, expire_at: null })).toMatchObject({ expireAt: today + 60 })
    await expect(connect({ exp: today - 1, expire_at: 0 })).rejects.toThrow(TokenExpiredError)
    await expect(connect({ exp: today - 1, expire_at: today + 60 })).rejects.toThrow(TokenExpiredError)
  })

  it('hands bytes over as bytes, before a JSON value of the same name', async () => {
    const subs = { chat: { b64info: 'AQ==', b64data: 'e30=' } }
    expect(await connect({ info: 1, b64info: '/+8=', subs })).toEqual({
      user: '',
      info: Uint8Array.of(255, 239),
      subs: { chat: { info: Uint8Array.of(1), data: Uint8Array.of(123, 125) } },
    })
  })

  it('takes a null as an absent claim', async () => {
    expect(await connect({ sub: null, channels: null, subs: null, b64info: null })).toEqual({ user: '' })
    expect(await connect({ subs: { a: { override: null } } })).toEqual({ user: '', subs: { a: {} } })
  })

  it('keeps channels with odd names apart from the object that holds them', async () => {
    const { subs } = await connect(JSON.parse('{"subs":{"__proto__":{"data":1}}}') as object)
    expect(Object.entries(subs ?? {})).toEqual([['__proto__', { data: 1 }]])
  })

  it('is expired from the second of its exp on, and before its nbf', async () => {
    await expect(connect({ exp: today })).rejects.toThrow(TokenExpiredError)
    await expect(connect({ nbf: today + 1 })).rejects.toThrow(TokenExpiredError)
    expect(await connect({ exp: today + 1, nbf: today })).toEqual({ user: '', expireAt: today + 1 })
  })

  it.each([
    { channel: 'chat' },
    { channel: '' },
    { sub: 42 },
    { exp: 'tomorrow' },
    { nbf: '0' },
    { iat: '0' },
    { expire_at: '0' },
    { expire_at: -1 },
    { expire_at: 1.5 },
    { channels: 'chat' },
    { channels: [1] },
    { subs: ['chat'] },
    { subs: { chat: true } },
    { subs: { chat: { override: [] } } },
    { subs: { chat: { override: { presence: true } } } },
    { subs: { chat: { override: { presence: { value: 1 } } } } },
    { b64info: 1 },
    { b64info: 'a' },
    { b64info: 'AQ' },
    { b64info: '_-8=' },
  ])('is invalid with the claims %j', async (claims) => {
    await expect(connect(claims)).rejects.toThrow(TokenInvalidError)
  })
})

describe('the user', () => {
  const read = async (claims: object, user_id_claim = 'user_id') => {
    const options = { hmac_secret_key: secret, user_id_claim }
    return createTokenVerifier(options, { now }).connection(await signHmac({ ...claims }))
  }

  it('is in the claim that is configured, there also as a number', async () => {
    expect(await read({ sub: 'x', user_id: 'ann' })).toEqual({ user: 'ann' })
    expect(await read({ sub: 'x', user_id: 42 })).toEqual({ user: '42' })
    expect(await read({ sub: 'x' })).toEqual({ user: '' })
  })

  it.each([1.5, 1e300, true, {}, ['ann']])('is never %j', async (user_id) => {
    await expect(read({ user_id })).rejects.toThrow(TokenInvalidError)
  })
})

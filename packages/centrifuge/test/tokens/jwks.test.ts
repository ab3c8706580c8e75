import { describe, expect, it } from 'vitest'
import { TokenExpiredError, TokenInvalidError } from '../../src/tokens/errors.ts'
import { newKey, serveJwks, sign, today, verifyBy } from './support.ts'

const claims = { sub: 'ann' }
const ann = { user: 'ann' }

describe('keys from an endpoint', () => {
  it.each(['RS256', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])('verify %s by kid', async (alg) => {
    const [key, other] = await Promise.all([newKey(alg, 'one'), newKey(alg, 'two')])
    const { connection } = verifyBy(await serveJwks(key.jwk, other.jwk))
    expect(await connection(await key.sign(claims))).toEqual(ann)
    expect(await connection(await other.sign(claims))).toEqual(ann)
    const mixed = await sign(claims, other.privateKey, alg, 'one')
    await expect(connection(mixed)).rejects.toThrow(TokenInvalidError)
  })

  it('are fetched once for any number of tokens', async () => {
    const key = await newKey('ES256', 'one')
    const server = await serveJwks(key.jwk)
    const { connection, pass } = verifyBy(server)
    const tokens = await Promise.all([1, 2, 3, 4].map((jti) => key.sign({ ...claims, jti: `${jti}` })))
    await Promise.all(tokens.map(connection))
    pass(60)
    await connection(await key.sign({ ...claims, jti: '5' }))
    expect(server.requests).toBe(1)
  })

  it('may say what they are for, or what else they are for', async () => {
    const key = await newKey('ES256', 'one')
    const server = await serveJwks(
      { kty: 'unknown', kid: 'one' },
      { ...(await newKey('ES256', 'one')).jwk, use: 'enc' },
      { ...key.jwk, use: 'sig', alg: 'ES256', key_ops: ['verify'] },
    )
    expect(await verifyBy(server).connection(await key.sign(claims))).toEqual(ann)
  })

  it('follow a rotation: the new one is fetched, the old one is forgotten', async () => {
    const [old, fresh] = await Promise.all([newKey('ES256', 'old'), newKey('ES256', 'new')])
    const server = await serveJwks(old.jwk)
    const { connection, pass } = verifyBy(server)
    await connection(await old.sign(claims))
    server.body = JSON.stringify({ keys: [fresh.jwk] })
    pass(10)
    expect(await connection(await fresh.sign(claims))).toEqual(ann)
    expect(server.requests).toBe(2)
    await expect(connection(await old.sign({ sub: 'bob' }))).rejects.toThrow(TokenInvalidError)
  })

  it('are fetched anew after an hour', async () => {
    const [old, fresh] = await Promise.all([newKey('ES256', 'one'), newKey('ES256', 'one')])
    const server = await serveJwks(old.jwk)
    const { connection, pass } = verifyBy(server)
    const token = await old.sign(claims)
    await connection(token)
    server.body = JSON.stringify({ keys: [fresh.jwk] })
    pass(3600)
    await expect(connection(token)).rejects.toThrow(TokenInvalidError)
    expect(await connection(await fresh.sign(claims))).toEqual(ann)
    expect(server.requests).toBe(2)
  })

  it('are asked for again at most once per cool-down, however many kids are made up', async () => {
    const server = await serveJwks((await newKey('ES256', 'one')).jwk)
    const { connection, pass } = verifyBy(server)
    const strangers = await Promise.all(
      [1, 2, 3].map(async (kid) => (await newKey('ES256', `${kid}`)).sign(claims)),
    )
    const refuseAll = () =>
      Promise.all(strangers.map((token) => expect(connection(token)).rejects.toThrow(TokenInvalidError)))
    await refuseAll()
    expect(server.requests).toBe(1)
    pass(9)
    await refuseAll()
    expect(server.requests).toBe(1)
    pass(1)
    await refuseAll()
    await refuseAll()
    expect(server.requests).toBe(2)
  })

  it('tell the expired from the invalid', async () => {
    const key = await newKey('ES256', 'one')
    const { connection } = verifyBy(await serveJwks(key.jwk))
    await expect(connection(await key.sign({ ...claims, exp: today }))).rejects.toThrow(TokenExpiredError)
  })
})

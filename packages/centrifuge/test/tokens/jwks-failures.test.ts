import { exportJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { TokenInvalidError } from '../../src/tokens/errors.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { newKey, secret, serveJwks, sign, signHmac, verifyBy } from './support.ts'

const claims = { sub: 'ann' }
const ann = { user: 'ann' }
const unavailable = { name: 'KeysUnavailableError' }

describe('keys from an endpoint', () => {
  it('expire nothing and judge nothing while they cannot be fetched, but are soon asked for again', async () => {
    const key = await newKey('ES256', 'one')
    const server = await serveJwks(key.jwk)
    const { connection, pass } = verifyBy(server)
    server.status = 503
    const token = await key.sign(claims)
    await expect(connection(token)).rejects.toMatchObject(unavailable)
    await expect(connection(token)).rejects.toMatchObject(unavailable)
    expect(server.requests).toBe(1)
    server.status = 200
    pass(1)
    expect(await connection(token)).toEqual(ann)
  })

  it.each([
    ['no JSON', '<html>'],
    ['no key set', '{"keys":{}}'],
    ['too much', `{"keys":[],"more":"${'a'.repeat(1_048_576)}"}`],
  ])('are not to be had from %s', async (_, body) => {
    const key = await newKey('ES256', 'one')
    const server = await serveJwks()
    server.body = body
    await expect(verifyBy(server).connection(await key.sign(claims))).rejects.toMatchObject(unavailable)
  })

  it('are not to be had from an endpoint that hangs', async () => {
    const token = await (await newKey('ES256', 'one')).sign(claims)
    const signals: unknown[] = []
    const fetch: typeof globalThis.fetch = async (_, init) => {
      signals.push(init?.signal)
      throw new DOMException('the time is up', 'TimeoutError')
    }
    const verifier = createTokenVerifier({ jwks_public_endpoint: 'https://keys.example/' }, { fetch })
    await expect(verifier.connection(token)).rejects.toMatchObject(unavailable)
    expect(signals).toEqual([expect.any(AbortSignal)])
  })

  it('leave a token that is known to be good alone when they cannot be fetched', async () => {
    const key = await newKey('ES256', 'one')
    const server = await serveJwks(key.jwk)
    const { connection, pass } = verifyBy(server)
    const token = await key.sign(claims)
    await connection(token)
    server.status = 503
    pass(3599)
    expect(await connection(token)).toEqual(ann)
    pass(1)
    await expect(connection(token)).rejects.toMatchObject(unavailable)
  })
})

describe('with an endpoint, a token is invalid', () => {
  it('without a kid', async () => {
    const key = await newKey('ES256')
    const server = await serveJwks({ ...key.jwk, kid: 'one' })
    await expect(verifyBy(server).connection(await key.sign(claims))).rejects.toThrow(TokenInvalidError)
    expect(server.requests).toBe(0)
  })

  it('under a symmetric or a private key, though the endpoint publishes it', async () => {
    const key = await newKey('ES256', 'one')
    const oct = { kty: 'oct', kid: 'two', alg: 'HS256', k: Buffer.from(secret).toString('base64url') }
    const { connection } = verifyBy(
      await serveJwks({ ...(await exportJWK(key.privateKey)), kid: 'one' }, oct),
    )
    await expect(connection(await key.sign(claims))).rejects.toThrow(TokenInvalidError)
    await expect(connection(await sign(claims, Buffer.from(secret), 'HS256', 'two'))).rejects.toThrow(
      TokenInvalidError,
    )
  })

  it('by an algorithm that Centrifugo does not know, though the key would do', async () => {
    const key = await newKey('PS256', 'one')
    const { connection } = verifyBy(await serveJwks(key.jwk))
    await expect(connection(await key.sign(claims))).rejects.toThrow(TokenInvalidError)
  })

  it('under one of the other keys of the configuration', async () => {
    const server = await serveJwks()
    const { connection } = verifyBy(server, { hmac_secret_key: secret })
    await expect(connection(await signHmac(claims))).rejects.toThrow(TokenInvalidError)
    expect(server.requests).toBe(0)
  })
})

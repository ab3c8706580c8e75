import { randomUUID } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { startJwksServer } from './jwks-server.ts'
import { createSigner, hs256, identityAt, NOW, SECRETS, signWith } from './tokens.ts'

const MINUTE = 60_000
const refused = { name: 'ChatError', code: 'unauthenticated' }

describe('a token signed with a key of the host', () => {
  test.each(['RS256', 'ES256', 'EdDSA'] as const)('is taken with %s', async (alg) => {
    const signer = await createSigner(alg, 'one')
    const host = await startJwksServer(signer)
    const { identity } = identityAt({ jwksUrl: host.url })
    const token = await signer.sign({ sub: 7, exp: NOW + 60, nbf: NOW })
    expect(await identity.verifyToken(token)).toEqual({ userId: '7', expiresAt: NOW + 60 })
    const late = await signer.sign({ sub: 7, exp: NOW - 1 })
    await expect(identity.verifyToken(late)).rejects.toMatchObject({ message: 'The token has expired.' })
  })

  test('is taken beside tokens signed with secrets', async () => {
    const signer = await createSigner('RS256', 'one')
    const { identity } = identityAt({ jwksUrl: (await startJwksServer(signer)).url })
    expect(await identity.verifyToken(await hs256({ sub: 'anna' }))).toEqual({ userId: 'anna' })
    expect(await identity.verifyToken(await signer.sign({ sub: 'boris' }))).toEqual({ userId: 'boris' })
  })

  test('is taken without a key id, whichever of several keys signed it', async () => {
    const signers = [await createSigner('ES256', 'one'), await createSigner('ES256', 'two')]
    const { identity } = identityAt({ jwksUrl: (await startJwksServer(...signers)).url })
    for (const { sign, jwk } of signers) {
      expect(await identity.verifyToken(await sign({ sub: jwk.kid }, {}))).toEqual({ userId: jwk.kid })
    }
  })

  test('is refused where no keys are configured', async () => {
    const token = await (await createSigner('RS256', 'one')).sign({ sub: 'anna' })
    await expect(identityAt().identity.verifyToken(token)).rejects.toMatchObject(refused)
  })

  test('is refused from a stranger who uses a known key id', async () => {
    const host = await startJwksServer(await createSigner('RS256', 'one'))
    const stranger = await createSigner('RS256', 'one')
    const { identity } = identityAt({ jwksUrl: host.url })
    await expect(identity.verifyToken(await stranger.sign({ sub: 'anna' }))).rejects.toMatchObject(refused)
  })

  test('never uses a public key as a secret', async () => {
    const signer = await createSigner('RS256', 'one')
    const { identity } = identityAt({ jwtSecrets: [], jwksUrl: (await startJwksServer(signer)).url })
    const modulus = signer.jwk.n ?? ''
    for (const key of [
      Buffer.from(modulus),
      Buffer.from(modulus, 'base64url'),
      Buffer.from(JSON.stringify(signer.jwk)),
    ]) {
      const token = await signWith(key, { sub: 'anna' }, { alg: 'HS256' })
      await expect(identity.verifyToken(token)).rejects.toMatchObject(refused)
    }
  })

  test('uses no secret, no key for encryption and no key of another algorithm from the set', async () => {
    const [encryption, other] = [await createSigner('RS256', 'enc'), await createSigner('RS256', 'rs512')]
    const host = await startJwksServer()
    const oct = { kty: 'oct', kid: 'oct', k: Buffer.from(SECRETS[0] ?? '').toString('base64url') }
    host.keys = [
      oct,
      { ...encryption.jwk, use: 'enc' },
      { ...other.jwk, alg: 'RS512' },
      { kty: 'RSA', n: '!', e: '' },
    ]
    const { identity } = identityAt({ jwtSecrets: [], jwksUrl: host.url })
    const tokens = [
      await hs256({ sub: 'a' }),
      await encryption.sign({ sub: 'a' }),
      await other.sign({ sub: 'a' }),
    ]
    for (const token of tokens) await expect(identity.verifyToken(token)).rejects.toMatchObject(refused)
  })
})

describe('when the host changes its keys', () => {
  test('a new key is looked for, at most twice a minute', async () => {
    const [old, next] = [await createSigner('RS256', 'old'), await createSigner('RS256', 'next')]
    const host = await startJwksServer(old)
    const { identity, clock } = identityAt({ jwksUrl: host.url })
    await identity.verifyToken(await old.sign({ sub: 'anna' }))
    host.keys = [old.jwk, next.jwk]
    const token = await next.sign({ sub: 'anna' })
    await expect(identity.verifyToken(token)).rejects.toMatchObject(refused)
    expect(host.requests).toBe(1)
    clock.ms += MINUTE / 2
    await expect(identity.verifyToken(token)).resolves.toEqual({ userId: 'anna' })
    expect(host.requests).toBe(2)
  })

  test('a crowd of unknown keys makes one request', async () => {
    const [known, unknown] = [await createSigner('ES256', 'known'), await createSigner('ES256', 'unknown')]
    const host = await startJwksServer(known)
    const { identity } = identityAt({ jwksUrl: host.url })
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, i) => unknown.sign({ sub: i }, { kid: `k${i}` })),
    )
    const results = await Promise.allSettled(tokens.map((token) => identity.verifyToken(token)))
    expect(results.every((result) => result.status === 'rejected')).toBe(true)
    expect(host.requests).toBe(1)
  })
})

describe('when the host withdraws a key', () => {
  test('a token that was seen before counts for five minutes, any other until the keys are looked up again', async () => {
    const signer = await createSigner('ES256', 'one')
    const host = await startJwksServer(signer)
    const { identity, clock } = identityAt({ jwksUrl: host.url })
    const token = await signer.sign({ sub: 'anna' })
    await identity.verifyToken(token)
    host.keys = []
    clock.ms += 4 * MINUTE
    await expect(identity.verifyToken(token)).resolves.toEqual({ userId: 'anna' })
    clock.ms += 7 * MINUTE
    await vi.waitFor(async () => {
      const fresh = await signer.sign({ sub: 'anna', jti: randomUUID() })
      await expect(identity.verifyToken(fresh)).rejects.toMatchObject(refused)
    })
    await expect(identity.verifyToken(token)).rejects.toMatchObject(refused)
  })
})

describe('when the key server is down', () => {
  test.each(['error', 'nonsense'] as const)('known keys go on counting (%s)', async (answer) => {
    const signer = await createSigner('ES256', 'one')
    const host = await startJwksServer(signer)
    const { identity, clock } = identityAt({ jwksUrl: host.url })
    await identity.verifyToken(await signer.sign({ sub: 'anna' }))
    host.answer = answer
    for (const sub of ['boris', 'vera', 'gleb']) {
      clock.ms += 60 * MINUTE
      await expect(identity.verifyToken(await signer.sign({ sub }))).resolves.toEqual({ userId: sub })
    }
  })

  test('unknown keys are no fault of the token, and are looked for again later', async () => {
    const signer = await createSigner('ES256', 'one')
    const host = await startJwksServer(signer)
    host.answer = 'error'
    const { identity, clock } = identityAt({ jwksUrl: host.url })
    const token = await signer.sign({ sub: 'anna' })
    await expect(identity.verifyToken(token)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(identity.verifyToken(token)).rejects.toMatchObject({ code: 'unavailable' })
    expect(host.requests).toBe(1)
    host.answer = 'keys'
    clock.ms += MINUTE / 2
    await expect(identity.verifyToken(token)).resolves.toEqual({ userId: 'anna' })
  })

  test('a server that never answers holds nobody longer than five seconds', async () => {
    const signer = await createSigner('ES256', 'one')
    const host = await startJwksServer(signer)
    host.answer = 'nothing'
    const { identity } = identityAt({ jwksUrl: host.url })
    const started = performance.now()
    const tokens = await Promise.all(['anna', 'boris'].map((sub) => signer.sign({ sub })))
    const results = await Promise.allSettled(tokens.map((token) => identity.verifyToken(token)))
    expect(results).toMatchObject([{ reason: { code: 'unavailable' } }, { reason: { code: 'unavailable' } }])
    expect(performance.now() - started).toBeLessThan(7000)
  }, 10_000)
})

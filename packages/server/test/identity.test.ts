import { fc, test as propertyTest } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { bearer, TokenExpired } from '../src/identity.ts'
import { hs256, identityAt, NOW, SECRETS, signWith } from './tokens.ts'

const refused = { name: 'ChatError', code: 'unauthenticated' }

describe('a token signed with a secret', () => {
  test.each([0, 1])('is taken from any of several secrets (%i)', async (index) => {
    const { identity } = identityAt()
    const token = await hs256({ sub: 'anna', exp: NOW + 60 }, SECRETS[index])
    expect(await identity.verifyToken(token)).toEqual({ userId: 'anna', expiresAt: NOW + 60 })
  })

  test('is refused from another secret', async () => {
    const token = await hs256({ sub: 'anna' }, 'another-secret-of-at-least-32-bytes')
    await expect(identityAt().identity.verifyToken(token)).rejects.toMatchObject(refused)
  })

  test('is refused where no secret is set', async () => {
    const { identity } = identityAt({ jwtSecrets: [] })
    const message = expect.stringContaining('takes no tokens') as string
    await expect(identity.verifyToken(await hs256({ sub: 'anna' }))).rejects.toMatchObject({
      ...refused,
      message,
    })
  })

  test('needs no end', async () => {
    expect(await identityAt().identity.verifyToken(await hs256({ sub: 'anna' }))).toEqual({ userId: 'anna' })
  })

  test.each([
    [{ sub: 'anna', exp: NOW }, 'The token has expired.'],
    [{ sub: 'anna', exp: NOW - 3600 }, 'The token has expired.'],
    [{ sub: 'anna', nbf: NOW + 1 }, 'The token is not valid yet.'],
    [{ sub: 'anna', exp: 'tomorrow' }, 'The token is not valid.'],
  ])('is refused outside its time: %j', async (claims, message) => {
    const { identity } = identityAt()
    await expect(identity.verifyToken(await hs256(claims))).rejects.toMatchObject({ ...refused, message })
  })

  test('is told apart when it has expired, but not when it is forged as well', async () => {
    const { identity } = identityAt()
    const expired = await hs256({ sub: 'anna', exp: NOW - 1 })
    await expect(identity.verifyToken(expired)).rejects.toBeInstanceOf(TokenExpired)
    const forged = await hs256({ sub: 'anna', exp: NOW - 1 }, 'another-secret-of-at-least-32-bytes')
    await expect(identity.verifyToken(forged)).rejects.not.toBeInstanceOf(TokenExpired)
  })

  test.each(['HS384', 'HS512'])('is refused with %s', async (alg) => {
    const key = Buffer.alloc(64, 'secret')
    const { identity } = identityAt({ jwtSecrets: [key.toString()] })
    await expect(identity.verifyToken(await signWith(key, { sub: 'anna' }, { alg }))).rejects.toMatchObject(
      refused,
    )
  })

  test.each(['none', 'None', 'NONE', ''])('is refused unsigned (alg %j)', async (alg) => {
    const claims = [{ alg }, { sub: 'anna' }].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    )
    for (const signature of ['', 'AAAA']) {
      const token = [...claims, signature].join('.')
      await expect(identityAt().identity.verifyToken(token)).rejects.toMatchObject(refused)
    }
  })
})

describe('the claim that names the user', () => {
  test.each([
    ['sub', { sub: '7' }, '7'],
    ['sub', { sub: 42 }, '42'],
    ['sub', { sub: 9007199254740991 }, '9007199254740991'],
    ['sub', { sub: 1e3 }, '1000'],
    ['user_id', { sub: 'no', user_id: 'yes' }, 'yes'],
    ['https://example.com/user', { 'https://example.com/user': 'Анна' }, 'Анна'],
    ['sub', { sub: 'a'.repeat(255) }, 'a'.repeat(255)],
  ])('%s of %j is %s', async (userClaim, claims, userId) => {
    const { identity } = identityAt({ userClaim })
    expect(await identity.verifyToken(await hs256(claims))).toEqual({ userId })
  })

  const bad = [
    undefined,
    null,
    '',
    'a'.repeat(256),
    1.5,
    2 ** 53,
    1e21,
    true,
    {},
    ['7'],
    'a\0b',
    'a\nb',
    '\ud800',
  ]
  test.each(bad)('is refused as %j', async (id) => {
    const { identity } = identityAt({ userClaim: 'id' })
    const token = await hs256({ sub: 'anna', id })
    await expect(identity.verifyToken(token)).rejects.toMatchObject({
      ...refused,
      message: 'The token does not name a user.',
    })
  })
})

describe('what is no token', () => {
  test.each(['', '.', '..', 'a.b.c', 'null', '{}', 'é.é.é', 'a'.repeat(100_000)])(
    '%j is refused',
    async (text) => {
      await expect(identityAt().identity.verifyToken(text)).rejects.toMatchObject(refused)
    },
  )

  propertyTest.prop([fc.nat(), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })])(
    'no changed character goes unnoticed',
    async (position, character) => {
      const token = await hs256({ sub: 'anna' })
      // The last character of a signature has two spare bits.
      const at = position % (token.length - 1)
      fc.pre(token[at] !== character)
      const changed = token.slice(0, at) + character + token.slice(at + 1)
      await expect(identityAt().identity.verifyToken(changed)).rejects.toMatchObject(refused)
    },
  )
})

describe('a token that was seen before', () => {
  test('is refused as soon as it has expired', async () => {
    const { identity, clock } = identityAt()
    const token = await hs256({ sub: 'anna', exp: NOW + 60 })
    clock.ms += 59_999
    await expect(identity.verifyToken(token)).resolves.toMatchObject({ userId: 'anna' })
    clock.ms += 2
    await expect(identity.verifyToken(token)).rejects.toMatchObject({ message: 'The token has expired.' })
  })
})

test.each([
  ['Bearer abc.def.ghi', 'abc.def.ghi'],
  ['bearer abc', 'abc'],
  ['Bearer   abc ', 'abc'],
  ['Bearer', undefined],
  ['Bearer ', undefined],
  ['Bearer a b', undefined],
  ['Basic abc', undefined],
  [undefined, undefined],
])('the bearer of %j is %j', (authorization, token) => {
  expect(bearer({ authorization })).toBe(token)
})

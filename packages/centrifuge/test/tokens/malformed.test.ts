import { fc } from '@fast-check/vitest'
import { CompactSign } from 'jose'
import { describe, expect, it } from 'vitest'
import { TokenInvalidError } from '../../src/tokens/errors.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { secret, signHmac, startClock, today } from './support.ts'

const { now } = startClock()
const claims = { sub: 'ann', exp: today + 60 }
const ann = { user: 'ann', expireAt: today + 60 }
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const replace = (token: string, at: number, by: string) => token.slice(0, at) + by + token.slice(at + 1)

describe('what is not a token', () => {
  const verifier = createTokenVerifier({ hmac_secret_key: secret }, { now })
  const refused = (token: string) => expect(verifier.connection(token)).rejects.toThrow(TokenInvalidError)

  it.each(['', '.', '..', '...', 'ann', 'a.b', 'a.b.c', '{}', 'é.é.é', '\0', '\ud800.\ud800.\ud800'])(
    '%j is refused',
    refused,
  )

  it('is a signed text that holds no JSON object', async () => {
    for (const text of ['', '[]', 'null', '7', '{', '\xff']) {
      const signing = new CompactSign(Buffer.from(text, 'latin1')).setProtectedHeader({ alg: 'HS256' })
      await refused(await signing.sign(Buffer.from(secret)))
    }
  })

  it('is a token longer than any command may be', async () => {
    await refused(await signHmac({ ...claims, info: 'a'.repeat(50_000) }))
    expect(await verifier.connection(await signHmac({ ...claims, info: 'a'.repeat(40_000) }))).toMatchObject(
      ann,
    )
  })

  it('is a token of which anything was changed', async () => {
    const token = await signHmac(claims)
    await verifier.connection(token)
    const place = fc.nat({ max: token.length - 1 })
    const character = fc.oneof(
      fc.constantFrom('A', 'Q', 'w', '.', '-', '_', '+', '/', '=', ' ', '\n'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    )
    const mutation = fc.tuple(place, fc.nat({ max: 2 }), character)
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const changed = mutations.reduce(
          (text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut),
          token,
        )
        fc.pre(changed !== token)
        await refused(changed)
      }),
      { numRuns: 1000 },
    )
  })

  it('is a token of which one character was replaced, spare bits included', async () => {
    const token = await signHmac(claims)
    const flipped = Array.from(token, (old, at) => replace(token, at, old === 'A' ? 'B' : 'A'))
    const endings = Array.from(alphabet, (last) => replace(token, token.length - 1, last))
    const changed = [...flipped, ...endings].filter((other) => other !== token)
    await Promise.all(changed.map(refused))
  })
})

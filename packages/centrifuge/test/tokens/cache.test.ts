import { describe, expect, it } from 'vitest'
import { createTokenCache } from '../../src/tokens/cache.ts'
import { TokenExpiredError } from '../../src/tokens/errors.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { secret, signHmac, startClock, today } from './support.ts'

function openCache(exp?: number, maxEntries?: number) {
  const clock = startClock()
  const verified: string[] = []
  const cache = createTokenCache({ ...clock, maxEntries })
  const take = (token: string) =>
    cache(token, async () => {
      verified.push(token)
      if (token === 'bad') throw new Error('bad')
      return exp
    })
  return { ...clock, verified, take }
}

describe('the cache of verified tokens', () => {
  it('has a token verified once, together and in turn', async () => {
    const { take, verified } = openCache()
    await Promise.all([take('a'), take('a'), take('b')])
    await take('a')
    expect(verified).toEqual(['a', 'b'])
  })

  it('never outlasts the exp', async () => {
    const { take, verified, pass } = openCache(today + 60)
    await take('a')
    pass(59.999)
    await take('a')
    expect(verified).toEqual(['a'])
    pass(0.001)
    await take('a')
    expect(verified).toEqual(['a', 'a'])
  })

  it('looks again after an hour at a token that lasts longer', async () => {
    const { take, verified, pass } = openCache()
    await take('a')
    pass(3599)
    await take('a')
    expect(verified).toEqual(['a'])
    pass(1)
    await take('a')
    expect(verified).toEqual(['a', 'a'])
  })

  it('does not remember what was refused, though all who wait are told', async () => {
    const { take, verified } = openCache()
    const outcomes = await Promise.allSettled([take('bad'), take('bad')])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(take('bad')).rejects.toThrow('bad')
    expect(verified).toEqual(['bad', 'bad'])
  })

  it('forgets first what was not used for longest', async () => {
    const { take, verified } = openCache(undefined, 2)
    for (const token of ['a', 'b', 'a', 'bad', 'c', 'a', 'b']) await take(token).catch(() => undefined)
    expect(verified).toEqual(['a', 'b', 'bad', 'c', 'b'])
  })
})

describe('a token that was verified', () => {
  it('is expired as soon as it has expired', async () => {
    const { now, pass } = startClock()
    const verifier = createTokenVerifier({ hmac_secret_key: secret }, { now })
    const token = await signHmac({ sub: 'ann', exp: today + 60 })
    expect(await verifier.connection(token)).toMatchObject({ user: 'ann' })
    pass(59)
    expect(await verifier.connection(token)).toMatchObject({ user: 'ann' })
    pass(1)
    await expect(verifier.connection(token)).rejects.toThrow(TokenExpiredError)
  })

  it('gives each connection values of its own', async () => {
    const verifier = createTokenVerifier({ hmac_secret_key: secret })
    const token = await signHmac({ info: { name: 'Ann' } })
    const [one, two] = await Promise.all([verifier.connection(token), verifier.connection(token)])
    expect(one.info).toEqual(two.info)
    expect(one.info).not.toBe(two.info)
  })
})

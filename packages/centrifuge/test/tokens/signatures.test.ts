import { beforeAll, describe, expect, it } from 'vitest'
import { TokenInvalidError } from '../../src/tokens/errors.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { newKey, secret, sign, signHmac, startClock, today } from './support.ts'

const { now } = startClock()
const claims = { sub: 'ann', exp: today + 60 }
const ann = { user: 'ann', expireAt: today + 60 }

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('signatures', () => {
  it.each(['HS256', 'HS384', 'HS512'])('by %s are verified with the secret', async (alg) => {
    const verifier = createTokenVerifier({ hmac_secret_key: secret }, { now })
    expect(await verifier.connection(await signHmac(claims, alg))).toEqual(ann)
    const other = createTokenVerifier({ hmac_secret_key: 'another' }, { now })
    await expect(other.connection(await signHmac(claims, alg))).rejects.toThrow(TokenInvalidError)
  })

  it('by RSA are verified with the one key, whatever the hash', async () => {
    const [key, other] = await Promise.all([newKey('RS256'), newKey('RS256')])
    const verifier = createTokenVerifier({ rsa_public_key: key.pem }, { now })
    const { subtle } = globalThis.crypto
    const pkcs8 = await subtle.exportKey('pkcs8', key.privateKey)
    for (const bits of ['256', '384', '512']) {
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: `SHA-${bits}` }
      const signing = await subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign'])
      expect(await verifier.connection(await sign(claims, signing, `RS${bits}`))).toEqual(ann)
    }
    await expect(verifier.connection(await other.sign(claims))).rejects.toThrow(TokenInvalidError)
  })

  it.each(['ES256', 'ES384', 'ES512'])('by %s are verified with a key on its curve alone', async (alg) => {
    const [key, other] = await Promise.all([newKey(alg), newKey(alg === 'ES256' ? 'ES384' : 'ES256')])
    const verifier = createTokenVerifier({ ecdsa_public_key: key.pem }, { now })
    expect(await verifier.connection(await key.sign(claims))).toEqual(ann)
    await expect(verifier.connection(await other.sign(claims))).rejects.toThrow(TokenInvalidError)
  })

  it('are verified with whichever of several keys the algorithm belongs to', async () => {
    const [rsa, ecdsa] = await Promise.all([newKey('RS256'), newKey('ES256')])
    const options = { hmac_secret_key: secret, rsa_public_key: rsa.pem, ecdsa_public_key: ecdsa.pem }
    const verifier = createTokenVerifier(options, { now })
    const tokens = [await signHmac(claims), await rsa.sign(claims), await ecdsa.sign(claims)]
    for (const token of tokens) expect(await verifier.connection(token)).toEqual(ann)
  })
})

describe('a token whose algorithm', () => {
  let rsa: Awaited<ReturnType<typeof newKey>>
  beforeAll(async () => (rsa = await newKey('RS256')))
  const refused = async (options: object, token: string) =>
    expect(createTokenVerifier(options, { now }).connection(token)).rejects.toThrow(TokenInvalidError)

  it('is HMAC under a public key is refused, in every form in which the key is public', async () => {
    const { pem, jwk } = rsa
    for (const text of [pem, pem.trim(), JSON.stringify(jwk), jwk.n ?? '']) {
      const forged = await sign(claims, Buffer.from(text), 'HS256')
      await refused({ rsa_public_key: pem }, forged)
      await refused({ rsa_public_key: pem, hmac_secret_key: secret }, forged)
    }
  })

  it('has no key is refused', async () => {
    const { pem } = rsa
    await refused({ hmac_secret_key: secret }, await rsa.sign(claims))
    await refused({ rsa_public_key: pem }, await signHmac(claims))
    await refused({ rsa_public_key: pem }, await (await newKey('PS256')).sign(claims))
    await refused({ hmac_secret_key: secret }, await (await newKey('EdDSA')).sign(claims))
  })

  it.each(['none', 'None', 'NONE', '', null, undefined, 7, ['HS256']])('is %j is refused', async (alg) => {
    const { pem } = rsa
    const [, payload = '', signature = ''] = (await signHmac(claims)).split('.')
    for (const end of ['', signature]) {
      const token = `${encode({ alg, typ: 'JWT' })}.${payload}.${end}`
      await refused({ hmac_secret_key: secret, rsa_public_key: pem }, token)
    }
  })
})

describe('audience and issuer', () => {
  const options = { hmac_secret_key: secret, audience: 'chat', issuer: 'https://id.example' }
  const verifier = createTokenVerifier(options, { now })

  it('are those that are configured', async () => {
    const iss = 'https://id.example'
    for (const aud of ['chat', ['mail', 'chat']]) {
      expect(await verifier.connection(await signHmac({ ...claims, aud, iss }))).toEqual(ann)
    }
  })

  it.each([
    {},
    { aud: 'chat' },
    { iss: 'https://id.example' },
    { aud: 'mail', iss: 'https://id.example' },
    { aud: [], iss: 'https://id.example' },
    { aud: 'chat', iss: 'https://id.example/' },
  ])('are not %j', async (other) => {
    await expect(verifier.connection(await signHmac({ ...claims, ...other }))).rejects.toThrow(
      TokenInvalidError,
    )
  })

  it('do not matter where none is configured', async () => {
    const open = createTokenVerifier({ hmac_secret_key: secret }, { now })
    expect(await open.connection(await signHmac({ ...claims, aud: 'mail', iss: 'me' }))).toEqual(ann)
  })
})

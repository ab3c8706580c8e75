import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { TokenOptions } from '../../src/tokens/options.ts'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'
import { secret, signHmac } from './support.ts'

const publicKeyEncoding = { type: 'spki', format: 'pem' } as const
const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const
const encodings = { publicKeyEncoding, privateKeyEncoding }
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...encodings })
const shortRsa = generateKeyPairSync('rsa', { modulusLength: 1024, ...encodings })
const bitcoin = generateKeyPairSync('ec', { namedCurve: 'secp256k1', ...encodings })

const create = (options: object | null, prefix?: string) => () =>
  createTokenVerifier(options as TokenOptions, { prefix })

describe('token options', () => {
  it.each([
    [
      { hmac_secret: secret },
      'token.hmac_secret is no option; there are audience, ecdsa_public_key, hmac_secret_key',
    ],
    [{ hmac_secret_key: 7 }, 'token.hmac_secret_key must be a string'],
    [{ hmac_secret_key: secret, audience: ['a'] }, 'token.audience must be a string'],
    [{ hmac_secret_key: secret, issuer: null }, 'token.issuer must be a string'],
    [{}, 'token needs one of hmac_secret_key, rsa_public_key, ecdsa_public_key, jwks_public_endpoint'],
    [{ hmac_secret_key: '', audience: 'a' }, 'token needs one of'],
    [{ rsa_public_key: 'MIIB' }, 'token.rsa_public_key is not a PEM public key'],
    [{ rsa_public_key: bitcoin.publicKey }, 'token.rsa_public_key is not an RSA key'],
    [{ rsa_public_key: rsa.privateKey }, 'token.rsa_public_key is a private key'],
    [{ rsa_public_key: shortRsa.publicKey }, 'token.rsa_public_key must have 2048 bits or more'],
    [{ ecdsa_public_key: 'MIIB' }, 'token.ecdsa_public_key is not a PEM public key'],
    [{ ecdsa_public_key: rsa.publicKey }, 'token.ecdsa_public_key is not an ECDSA key'],
    [{ ecdsa_public_key: bitcoin.publicKey }, 'token.ecdsa_public_key is not an ECDSA key on P-256'],
    [{ jwks_public_endpoint: 'keys.example' }, 'token.jwks_public_endpoint must be an http or https URL'],
    [{ jwks_public_endpoint: 'file:///keys' }, 'token.jwks_public_endpoint must be an http or https URL'],
    [{ hmac_secret_key: secret, user_id_claim: 'a.b' }, 'token.user_id_claim may hold only'],
  ])('refuse %j', (options, message) => {
    expect(create(options)).toThrow(TypeError)
    expect(create(options)).toThrow(`centrifuge: ${message}`)
  })

  it('refuse what is no block at all', () => {
    expect(create(null)).toThrow('token must be an object')
  })

  it('are called what the caller calls them', () => {
    expect(create({}, 'subscription_token')).toThrow('subscription_token needs one of')
    expect(create({ key: 'a' }, 'subscription_token')).toThrow('subscription_token.key is no option')
    expect(create({ rsa_public_key: 'a' }, 'subscription_token')).toThrow('subscription_token.rsa_public_key')
  })

  it('that are empty or undefined are not set', async () => {
    const block = {
      rsa_public_key: '',
      jwks_public_endpoint: '',
      audience: '',
      issuer: '',
      user_id_claim: undefined,
    }
    const verifier = createTokenVerifier({ hmac_secret_key: secret, ...block })
    expect(await verifier.connection(await signHmac({ sub: 'ann' }))).toEqual({ user: 'ann' })
  })

  it('take an RSA key in either of its PEM forms', () => {
    const { publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding,
      publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    })
    expect(create({ rsa_public_key: publicKey })).not.toThrow()
    expect(create({ rsa_public_key: rsa.publicKey })).not.toThrow()
  })
})

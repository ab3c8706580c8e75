import { createPublicKey, createSecretKey, type KeyObject, type webcrypto } from 'node:crypto'
import type { JWTHeaderParameters } from 'jose'
import { fault } from '../faults.ts'
import { TokenInvalidError } from './errors.ts'
import type { TokenOptions } from './options.ts'

export type Key = KeyObject | webcrypto.CryptoKey

/** `find` is asked only about the `algorithms`, and its keys fit no others. */
export interface KeySource {
  algorithms: string[]
  find(header: JWTHeaderParameters): Key | Promise<Key>
}

const curves: Record<string, string> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
const minRsaBits = 2048

/** Each key is for its own algorithms only: no token can have it used for another. */
export function createKeys(options: TokenOptions, prefix: string): KeySource {
  const { hmac_secret_key: secret, rsa_public_key: rsa, ecdsa_public_key: ecdsa } = options
  const keys = new Map([
    ...(secret ? hmacKeys(secret) : []),
    ...(rsa ? rsaKeys(rsa, `${prefix}.rsa_public_key`) : []),
    ...(ecdsa ? ecdsaKeys(ecdsa, `${prefix}.ecdsa_public_key`) : []),
  ])
  const find = ({ alg }: JWTHeaderParameters): Key => {
    const key = keys.get(alg)
    if (!key) throw new TokenInvalidError(`no key for ${alg}`)
    return key
  }
  return { algorithms: [...keys.keys()], find }
}

/** As CryptoKeys, because a secret KeyObject would be imported anew for every token. */
function hmacKeys(secret: string): [string, Key][] {
  const key = createSecretKey(secret, 'utf8')
  return ['256', '384', '512'].map((bits) => {
    const algorithm = { name: 'HMAC', hash: `SHA-${bits}` }
    return [`HS${bits}`, key.toCryptoKey(algorithm, false, ['verify'])]
  })
}

function rsaKeys(pem: string, name: string): [string, Key][] {
  const key = readPublicKey(pem, name)
  if (key.asymmetricKeyType !== 'rsa') throw fault(name, 'is not an RSA key')
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < minRsaBits) {
    throw fault(name, `must have ${minRsaBits} bits or more`)
  }
  return ['RS256', 'RS384', 'RS512'].map((algorithm) => [algorithm, key])
}

function ecdsaKeys(pem: string, name: string): [string, Key][] {
  const key = readPublicKey(pem, name)
  const algorithm = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (!algorithm) throw fault(name, 'is not an ECDSA key on P-256, P-384 or P-521')
  return [[algorithm, key]]
}

function readPublicKey(pem: string, name: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw fault(name, 'is a private key')
  try {
    return createPublicKey(pem)
  } catch (cause) {
    throw fault(name, 'is not a PEM public key', { cause })
  }
}

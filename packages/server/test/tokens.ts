import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { createIdentity, type IdentityOptions } from '../src/identity.ts'

/** Seconds since 1970, where the clock of `identityAt` begins. */
export const NOW = 1_800_000_000
export const SECRETS = ['first-secret-of-at-least-32-bytes', 'second-secret-of-at-least-32-bytes']

export function identityAt(options: Partial<IdentityOptions> = {}) {
  const clock = { ms: NOW * 1000 }
  const identity = createIdentity({ jwtSecrets: SECRETS, userClaim: 'sub', now: () => clock.ms, ...options })
  return { identity, clock }
}

export function hs256(claims: Record<string, unknown>, secret: string = SECRETS[0] ?? '') {
  return signWith(Buffer.from(secret), claims, { alg: 'HS256' })
}

export interface Signer {
  jwk: JWK
  sign: (claims: Record<string, unknown>, header?: { kid?: string }) => Promise<string>
}

export async function createSigner(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid }
  return { jwk, sign: (claims, header = { kid }) => signWith(privateKey, claims, { alg, ...header }) }
}

export function signWith(
  key: CryptoKey | Uint8Array,
  claims: Record<string, unknown>,
  header: { alg: string },
) {
  return new SignJWT(claims).setProtectedHeader(header).sign(key)
}

import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose'
import { LRUCache } from 'lru-cache'
import { ChatError } from './core/errors.ts'
import { createRemoteKeys, type RemoteKeys, type VerifyKey } from './jwks.ts'

const MAX_TOKEN_LENGTH = 8192
const MAX_USER_ID_LENGTH = 255
const CACHED_TOKENS = 50_000
/** A token is checked anew this often, so that one signed with a withdrawn key does not live on here. */
const CACHED_FOR_MS = 300_000

/** A token that was good: whoever holds it may get another one. */
export class TokenExpired extends ChatError {
  constructor() {
    super('unauthenticated', 'The token has expired.')
  }
}

interface VerifiedToken {
  userId: string
  /** Seconds since 1970, as in the token. */
  expiresAt?: number
}

export interface Identity {
  /** Throws ChatError `unauthenticated`, or `unavailable` where the host's keys cannot be fetched. */
  verifyToken(token: string): Promise<VerifiedToken>
}

export interface IdentityOptions {
  /** Any of them verifies HS256. */
  jwtSecrets: string[]
  /** Where the keys of RS256, ES256 and EdDSA are. */
  jwksUrl?: string | undefined
  userClaim: string
  /** Milliseconds since 1970. */
  now?: () => number
}

export function createIdentity({
  jwtSecrets,
  jwksUrl,
  userClaim,
  now = Date.now,
}: IdentityOptions): Identity {
  const secrets = jwtSecrets.map((secret) => ({ alg: 'HS256', key: Buffer.from(secret) }))
  const remote = jwksUrl === undefined ? undefined : createRemoteKeys(jwksUrl, now)
  const cache = new LRUCache<string, VerifiedToken>({ max: CACHED_TOKENS, perf: { now }, ttlResolution: 0 })

  return {
    async verifyToken(token) {
      const hash = createHash('sha256').update(token).digest('base64')
      const known = cache.get(hash)
      if (known) return known
      if (secrets.length === 0 && !remote) throw noTokens()
      const keys = await findKeys(readHeader(token), secrets, remote)
      const payload = await verifyWithAny(token, keys, new Date(now()))
      const verified = { userId: readUserId(payload[userClaim]), expiresAt: payload.exp }
      cache.set(hash, verified, { ttl: millisecondsToCache(payload.exp, now()) })
      return verified
    },
  }
}

/** The token of an `Authorization: Bearer` header. */
export function bearer(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
}

function readHeader(token: string): ProtectedHeaderParameters {
  if (token.length > MAX_TOKEN_LENGTH) throw invalidToken()
  try {
    return decodeProtectedHeader(token)
  } catch {
    throw invalidToken()
  }
}

async function findKeys(
  header: ProtectedHeaderParameters,
  secrets: VerifyKey[],
  remote: RemoteKeys | undefined,
): Promise<VerifyKey[]> {
  if (header.alg === 'HS256') return secrets
  if (remote === undefined || !['RS256', 'ES256', 'EdDSA'].includes(header.alg ?? '')) return []
  const keys = await remote.find((key) => key.alg === header.alg && (header.kid ?? key.kid) === key.kid)
  if (keys.length === 0 && remote.isDown()) {
    throw new ChatError('unavailable', 'The keys that verify tokens cannot be fetched. Try again later.')
  }
  return keys
}

async function verifyWithAny(token: string, keys: VerifyKey[], currentDate: Date): Promise<JWTPayload> {
  for (const { alg, key } of keys) {
    try {
      return (await jwtVerify(token, key, { algorithms: [alg], currentDate })).payload
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw refusal(error)
    }
  }
  throw invalidToken()
}

function readUserId(claim: unknown): string {
  const userId = typeof claim === 'number' && Number.isSafeInteger(claim) ? String(claim) : claim
  if (typeof userId !== 'string' || !isUserId(userId)) {
    throw new ChatError('unauthenticated', 'The token does not name a user.')
  }
  return userId
}

// PostgreSQL stores neither U+0000 nor half a surrogate pair.
function isUserId(text: string): boolean {
  return text.length > 0 && text.length <= MAX_USER_ID_LENGTH && text.isWellFormed() && !/\p{Cc}/u.test(text)
}

function millisecondsToCache(exp: number | undefined, now: number): number {
  const left = exp === undefined ? CACHED_FOR_MS : Math.floor(exp * 1000 - now)
  // 0 would mean for ever.
  return Math.max(1, Math.min(left, CACHED_FOR_MS))
}

function refusal(error: unknown): ChatError {
  if (error instanceof errors.JWTExpired) return new TokenExpired()
  const isEarly = error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf'
  return isEarly ? new ChatError('unauthenticated', 'The token is not valid yet.') : invalidToken()
}

function noTokens(): ChatError {
  const reason = 'neither PARLEY_JWT_SECRETS nor PARLEY_JWKS_URL is set'
  return new ChatError('unauthenticated', `This server takes no tokens: ${reason}.`)
}

function invalidToken(): ChatError {
  return new ChatError('unauthenticated', 'The token is not valid.')
}

import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import type { UserId } from '../../core/types.ts'
import { orgChannel, userChannel } from './channels.ts'

const LIFETIME_S = 3600
/** Tells these tokens from those of the host, which connect too. */
const ISSUER = 'parley:workspace'

const connectionClaims = z.object({
  sub: z.string(),
  exp: z.number(),
  sessionId: z.string().nullable(),
  /** A subscription token is no connection token. */
  channel: z.never().optional(),
})
type ConnectionClaims = z.infer<typeof connectionClaims>

const subscriptionClaims = z.object({ sub: z.string(), exp: z.number(), channel: z.string() })
type SubscriptionClaims = z.infer<typeof subscriptionClaims>

export interface IssuedToken {
  token: string
  expiresAt: Date
}

interface TokenHolder {
  userId: UserId
  org: string
  /** The session that the token was asked for with: what it opens ends when that does. */
  sessionId: string | null
}

/**
 * The tokens with which the official client connects, and subscribes to conversations: for an hour, or `until` what
 * their caller proved itself with ends.
 */
export interface Tokens {
  connectionToken(holder: TokenHolder, until?: Date | null): Promise<IssuedToken>
  subscriptionToken(userId: UserId, channel: string, until?: Date | null): Promise<IssuedToken>
  /** Whether a token says that it came from here. */
  isOurs(token: string): boolean
  /** Throws jose's errors, or zod's. */
  verifyConnection(token: string): Promise<ConnectionClaims>
  verifySubscription(token: string): Promise<SubscriptionClaims>
}

export function createTokens(secret: Uint8Array, now: () => number = Date.now): Tokens {
  async function issue(userId: UserId, claims: Record<string, unknown>, until: Date | null) {
    const issuedAt = Math.floor(now() / 1000)
    const end = until === null ? Infinity : Math.floor(until.getTime() / 1000)
    const expiresAt = Math.min(issuedAt + LIFETIME_S, end)
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setSubject(userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(secret)
    return { token, expiresAt: new Date(expiresAt * 1000) }
  }

  async function verify(token: string): Promise<unknown> {
    const expected = { algorithms: ['HS256'], issuer: ISSUER, currentDate: new Date(now()) }
    return (await jwtVerify(token, secret, expected)).payload
  }

  return {
    connectionToken({ userId, org, sessionId }, until = null) {
      const subs = { [userChannel(userId)]: {}, [orgChannel(org)]: {} }
      return issue(userId, { subs, sessionId }, until)
    },
    subscriptionToken: (userId, channel, until = null) => issue(userId, { channel }, until),
    isOurs,
    verifyConnection: async (token) => connectionClaims.parse(await verify(token)),
    verifySubscription: async (token) => subscriptionClaims.parse(await verify(token)),
  }
}

function isOurs(token: string): boolean {
  try {
    return decodeJwt(token).iss === ISSUER
  } catch {
    return false
  }
}

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

/** The tokens with which the official client connects, and subscribes to conversations. */
export interface Tokens {
  connectionToken(holder: TokenHolder): Promise<IssuedToken>
  subscriptionToken(userId: UserId, channel: string): Promise<IssuedToken>
  /** Whether a token says that it came from here. */
  isOurs(token: string): boolean
  /** Throws jose's errors, or zod's. */
  verifyConnection(token: string): Promise<ConnectionClaims>
  verifySubscription(token: string): Promise<SubscriptionClaims>
}

export function createTokens(secret: Uint8Array, now: () => number = Date.now): Tokens {
  async function issue(userId: UserId, claims: Record<string, unknown>): Promise<IssuedToken> {
    const issuedAt = Math.floor(now() / 1000)
    const expiresAt = issuedAt + LIFETIME_S
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
    connectionToken({ userId, org, sessionId }) {
      const subs = { [userChannel(userId)]: {}, [orgChannel(org)]: {} }
      return issue(userId, { subs, sessionId })
    },
    subscriptionToken: (userId, channel) => issue(userId, { channel }),
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

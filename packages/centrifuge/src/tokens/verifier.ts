import { decodeJwt, errors, jwtVerify } from 'jose'
import { createTokenCache } from './cache.ts'
import { readConnection, readSubscription, type ConnectionToken, type SubscriptionToken } from './claims.ts'
import { KeysUnavailableError, TokenExpiredError, TokenInvalidError } from './errors.ts'
import { createJwks } from './jwks.ts'
import { createKeys } from './keys.ts'
import { parseTokenOptions, type TokenOptions } from './options.ts'

/**
 * Both reject with TokenExpiredError or TokenInvalidError when the token is at fault, and with another error when it
 * could not be judged because the keys could not be fetched.
 */
export interface TokenVerifier {
  connection(token: string): Promise<ConnectionToken>
  subscription(token: string): Promise<SubscriptionToken>
}

export interface TokenVerifierContext {
  /** What the options are called in errors; `token` by default. */
  prefix?: string
  /** Milliseconds. */
  now?: () => number
  /** For `jwks_public_endpoint`. */
  fetch?: typeof fetch
}

/** The longest command that Centrifugo takes. */
const maxLength = 65_536

/** Verifies Centrifugo's connection and subscription JWTs. Throws when the options cannot work. */
export function createTokenVerifier(
  options: TokenOptions,
  context: TokenVerifierContext = {},
): TokenVerifier {
  const { prefix = 'token', now = Date.now, fetch = globalThis.fetch } = context
  const checked = parseTokenOptions(options, prefix)
  const { jwks_public_endpoint: endpoint, audience, issuer, user_id_claim: userClaim } = checked
  const keys = endpoint ? createJwks(endpoint, { now, fetch }) : createKeys(checked, prefix)
  const once = createTokenCache({ now })

  const verify = async (token: string): Promise<number | undefined> => {
    const { algorithms, find } = keys
    const checks = { algorithms, audience, issuer, currentDate: new Date(now()) }
    const { payload } = await jwtVerify(token, find, checks).catch(refuse)
    return payload.exp
  }
  const readClaims = async (token: string) => {
    if (token.length > maxLength) throw new TokenInvalidError('the token is too long')
    if (!isCanonical(token)) throw new TokenInvalidError('the token is malformed')
    await once(token, () => verify(token))
    return decodeJwt(token)
  }
  return {
    connection: async (token) => readConnection(await readClaims(token), userClaim),
    subscription: async (token) => readSubscription(await readClaims(token), userClaim),
  }
}

/** jose overlooks white space and spare bits in a signature, so that one token could be written in several ways. */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

function refuse(error: unknown): never {
  if (error instanceof KeysUnavailableError || error instanceof TokenInvalidError) throw error
  if (error instanceof errors.JWTExpired || isEarly(error)) {
    throw new TokenExpiredError('the token has expired or does not hold yet', { cause: error })
  }
  throw new TokenInvalidError('the token is invalid', { cause: error })
}

function isEarly(error: unknown): boolean {
  const { JWTClaimValidationFailed: Failed } = errors
  return error instanceof Failed && error.claim === 'nbf' && error.reason === 'check_failed'
}

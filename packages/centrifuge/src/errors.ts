/** Answers one command with an error. Codes 100 to 113 are the protocol's, 400 to 1999 are the application's. */
export class ClientError extends Error {
  readonly code: number
  readonly temporary: boolean

  constructor(code: number, message: string, temporary = false) {
    super(message)
    if (!Number.isInteger(code) || code < 1) throw new RangeError(`ClientError: code ${code} is not positive`)
    this.code = code
    this.temporary = temporary
  }
}

/** Closes the connection. Clients reconnect after 3000–3499 and 4000–4499 and give up after 3500–3999 and 4500–4999. */
export class Disconnect extends Error {
  readonly code: number
  readonly reason: string

  constructor(code: number, reason: string) {
    super(reason)
    if (!Number.isInteger(code) || code < 3000 || code > 4999) {
      throw new RangeError(`Disconnect: code ${code} is not within 3000 and 4999`)
    }
    this.code = code
    this.reason = reason
  }
}

export interface Closing {
  code: number
  reason: string
}

export const closings = {
  connectionClosed: { code: 3000, reason: 'connection closed' },
  shutdown: { code: 3001, reason: 'shutdown' },
  internal: { code: 3004, reason: 'internal server error' },
  expired: { code: 3005, reason: 'connection expired' },
  subscriptionExpired: { code: 3006, reason: 'subscription expired' },
  slow: { code: 3008, reason: 'slow' },
  writeError: { code: 3009, reason: 'write error' },
  insufficientState: { code: 3010, reason: 'insufficient state' },
  noPong: { code: 3012, reason: 'no pong' },
  tooManyRequests: { code: 3013, reason: 'too many requests' },
  invalidToken: { code: 3500, reason: 'invalid token' },
  badRequest: { code: 3501, reason: 'bad request' },
  stale: { code: 3502, reason: 'stale' },
  forced: { code: 3503, reason: 'force disconnect' },
  connectionLimit: { code: 3504, reason: 'connection limit' },
  channelLimit: { code: 3505, reason: 'channel limit' },
  inappropriateProtocol: { code: 3506, reason: 'inappropriate protocol' },
  permissionDenied: { code: 3507, reason: 'permission denied' },
  notAvailable: { code: 3508, reason: 'not available' },
} satisfies Record<string, Closing>

const messages = {
  100: 'internal server error',
  101: 'unauthorized',
  102: 'unknown channel',
  103: 'permission denied',
  104: 'method not found',
  105: 'already subscribed',
  106: 'limit exceeded',
  107: 'bad request',
  108: 'not available',
  109: 'token expired',
  110: 'expired',
  111: 'too many requests',
  112: 'unrecoverable position',
}

export function disconnect(name: keyof typeof closings): Disconnect {
  return new Disconnect(closings[name].code, closings[name].reason)
}

export function refusal(code: keyof typeof messages): ClientError {
  return new ClientError(code, messages[code], code === 100 || code === 111)
}

import type { RawClient } from './raw.ts'

/** Short enough for a test to wait for; the server looks at all its deadlines as often as at its pings. */
export const oftenPinged = { pingInterval: 80, pongTimeout: 70 }

/** What a client is sent, its pings answered and left out. */
export async function nextMessage(raw: RawClient): Promise<unknown> {
  for (;;) {
    const message = await raw.message()
    if (!isPing(message)) return message
    raw.send({})
  }
}

/** Two pings later the server has looked at every deadline, and the connection is still there. */
export async function outliveTwoPings(raw: RawClient): Promise<void> {
  for (let pings = 0; pings < 2; pings++) {
    const message = await raw.message()
    if (!isPing(message)) throw new Error(`not a ping: ${JSON.stringify(message)}`)
    raw.send({})
  }
}

function isPing(message: unknown): boolean {
  return typeof message === 'object' && message !== null && Object.keys(message).length === 0
}

import type { RawClient } from './raw.ts'

/** Short enough for a test to wait for; the server looks at all its deadlines as often as at its pings. */
export const oftenPinged = { pingInterval: 60, pongTimeout: 0 }

/** What a client is sent, its pings answered and left out. */
export async function nextMessage(raw: RawClient): Promise<unknown> {
  for (;;) {
    const message = await nextOf(raw)
    if (!isPing(message)) return message
    raw.send({})
  }
}

/**
 * The first ping may have been on its way, with the second the server has looked at every deadline, and the third shows
 * that nothing came of it.
 */
export async function outlivePings(raw: RawClient): Promise<void> {
  for (let pings = 0; pings < 3; pings++) {
    const message = await nextOf(raw)
    if (!isPing(message)) throw new Error(`not a ping: ${JSON.stringify(message)}`)
    raw.send({})
  }
}

/** Fails rather than waits for a connection that is closed. */
async function nextOf(raw: RawClient): Promise<unknown> {
  const failing = raw.closed.then(({ code, reason }) =>
    Promise.reject(new Error(`closed: ${code} ${reason}`)),
  )
  return Promise.race([raw.message(), failing])
}

function isPing(message: unknown): boolean {
  return typeof message === 'object' && message !== null && Object.keys(message).length === 0
}

import type { Options } from '../../src/index.ts'
import { nextMessage, oftenPinged } from './lifeline.ts'
import { connectRaw } from './raw.ts'
import { startServer } from './server.ts'

/** What is pushed to who is subscribed to `room` no longer. */
export const expired = { push: { channel: 'room', unsubscribe: { code: 2501, reason: 'expired' } } }

/** Ann, who has subscribed to `room`, with a token or as the options say. */
export async function subscribeFor(options: Partial<Options>, token = '') {
  const server = await startServer({ ...oftenPinged, ...options })
  const raw = await connectRaw(server.url)
  raw.send({ id: 2, subscribe: { channel: 'room', token } })
  const answer = await nextMessage(raw)
  return { ...server, raw, answer }
}

import { ChatError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { refusalOf } from '../../http/errors.ts'
import type { SpokenRefusal } from '../../realtime/transports/socketio-vocabulary.ts'

/** As document 003 has them. */
const FAILED: Record<string, string> = {
  join_chat: 'Failed to join chat',
  send_message: 'Failed to send message',
  fetch_messages: 'Failed to fetch messages',
}
const NO_SUCH_ROOM = 'Invalid room or sender not in room'

/** What the client can put right is said in words of its own. */
const PLAIN: ErrorCode[] = ['invalid', 'too_large', 'rate_limited']
const SHUT_OUT: ErrorCode[] = ['not_found', 'forbidden']

export function refusalView(error: unknown, event: string): SpokenRefusal {
  const refusal = error instanceof Error ? refusalOf(error) : null
  const failed = FAILED[event] ?? refusal?.message ?? 'Something went wrong on our side.'
  if (!refusal) return { message: failed, code: 'internal' }
  const { code, message } = refusal
  if (PLAIN.includes(code)) return { message, code }
  return { message: event === 'send_message' && SHUT_OUT.includes(code) ? NO_SUCH_ROOM : failed, code }
}

export const noSuchRoom = () => new ChatError('not_found', NO_SUCH_ROOM)

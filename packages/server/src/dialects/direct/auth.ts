import type { Actor, Reach, UserId } from '../../core/types.ts'
import type { SocketSession } from '../../realtime/transports/socketio-vocabulary.ts'

/** Two people, about nothing in particular. */
export const REACH: Reach = { kinds: ['direct'], subjectTypes: [''] }

/** Whose the connection is, who must be who the client says it is. Throws ChatError. */
export async function actorOf(session: SocketSession, claimed?: UserId): Promise<Actor> {
  return { userId: await session.identify(claimed), reach: REACH }
}

import type { UserId } from '../../core/types.ts'
import { encodeFrame } from './websocket-connection.ts'
import type { Connection } from './websocket-connection.ts'
import type { Sockets } from './websocket-vocabulary.ts'

export interface Register extends Sockets {
  add(connection: Connection): void
  remove(connection: Connection): void
  of(userId: UserId): Connection[]
  all(): Iterable<Connection>
}

/** Who is connected to this process. */
export function createRegister(): Register {
  const users = new Map<UserId, Set<Connection>>()
  const of = (userId: UserId) => [...(users.get(userId) ?? [])]

  return {
    of,
    has: (userId) => users.has(userId),
    *all() {
      for (const connections of users.values()) yield* connections
    },
    add(connection) {
      const { userId } = connection
      const connections = users.get(userId) ?? new Set()
      users.set(userId, connections.add(connection))
    },
    remove(connection) {
      const connections = users.get(connection.userId)
      connections?.delete(connection)
      if (connections?.size === 0) users.delete(connection.userId)
    },
    send(userIds, message, wants = () => true) {
      const receivers = userIds.flatMap(of).filter(wants)
      if (receivers.length === 0) return
      const frame = encodeFrame(message)
      for (const receiver of receivers) receiver.write(frame)
    },
  }
}

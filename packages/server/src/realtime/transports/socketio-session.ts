import type { Socket } from 'socket.io'
import { ChatError } from '../../core/errors.ts'
import type { Chat, UserId } from '../../core/types.ts'
import { meetUser } from '../../core/users.ts'
import type { Authenticated } from '../../http/authentication.ts'
import type { Hub } from '../hub.ts'
import type { SocketSession } from './socketio-vocabulary.ts'
import { closeAt } from './validity.ts'

const MOST_ROOMS = 500

/** Rooms that no vocabulary names: the connections of a user, and those opened with a session. */
export const userRoom = (userId: UserId) => `of-user:${userId}`
export const sessionRoom = (sessionId: string) => `of-session:${sessionId}`

interface SessionOptions {
  chat: Chat
  hub: Hub
  /** Null: the client is trusted to say who it is. */
  caller: Authenticated | null
}

/** A connection from its handshake to its end. */
export function openSession(socket: Socket, { chat, hub, caller }: SessionOptions): SocketSession {
  let userId: UserId | null = null
  let isEnded = false
  const closers: (() => void)[] = []

  function onClose(done: () => void): void {
    if (socket.connected) closers.push(done)
    else done()
  }

  function become(id: UserId): void {
    userId = id
    void socket.join(userRoom(id))
    onClose(hub.add({ topics: [{ user: id }], deliver: () => undefined }))
  }

  /** Whoever a client without proof names first is its user from then on. */
  async function adopt(claimed: UserId): Promise<UserId> {
    await meetUser(chat, claimed)
    if (socket.connected) become(claimed)
    return claimed
  }

  socket.on('disconnect', (reason) => {
    isEnded = reason === 'server namespace disconnect'
    for (const done of closers) done()
  })
  if (caller) become(caller.userId)
  if (caller?.session) void socket.join(sessionRoom(caller.session.id))
  if (caller?.expiresAt) onClose(closeAt(caller.expiresAt, () => socket.conn.close()))

  return {
    id: socket.id,
    get userId() {
      return userId
    },
    async identify(claimed) {
      if (isEnded) throw new ChatError('unauthenticated', 'Your session has ended.')
      if (userId === null && claimed !== undefined) return adopt(claimed)
      if (userId === null) throw new ChatError('unauthenticated', 'Say who you are first.')
      if (claimed === undefined || claimed === userId) return userId
      throw new ChatError('forbidden', 'You are signed in as somebody else.')
    },
    join(room) {
      if (!socket.connected) throw new ChatError('conflict', 'This connection has closed.')
      if (socket.rooms.has(room)) return
      if (socket.rooms.size >= MOST_ROOMS)
        throw new ChatError('conflict', 'You have joined too much at once.')
      void socket.join(room)
    },
    leave: (room) => void socket.leave(room),
    emit: (event, payload) => void socket.emit(event, payload),
    onClose,
  }
}

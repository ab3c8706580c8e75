import type { Socket } from 'socket.io'
import { ChatError } from '../../core/errors.ts'
import type { Chat, UserId } from '../../core/types.ts'
import { meetUser } from '../../core/users.ts'
import type { Authenticated } from '../../http/authentication.ts'
import type { Hub } from '../hub.ts'
import type { Deadlines } from './deadlines.ts'
import type { SocketSession } from './socketio-vocabulary.ts'

const MOST_ROOMS = 500

/** A room that no vocabulary names: the connections of a user. */
export const userRoom = (userId: UserId) => `of-user:${userId}`

interface SessionOptions {
  chat: Chat
  hub: Hub
  deadlines: Deadlines
  /** Null: the client is trusted to say who it is. */
  caller: Authenticated | null
}

/** A connection from its handshake to its end. */
export function openSession(socket: Socket, { chat, hub, deadlines, caller }: SessionOptions): SocketSession {
  const session = new Session(socket, chat, hub)
  if (caller?.expiresAt) deadlines.set(session, caller.expiresAt)
  socket.on('disconnect', (reason) => {
    deadlines.delete(session)
    session.end(reason === 'server namespace disconnect')
    // Who leaves the only namespace has no more to say.
    socket.conn.close()
  })
  if (caller) session.become(caller.userId)
  return session
}

/** A class, because thousands of connections would each have functions of their own. */
class Session implements SocketSession {
  userId: UserId | null = null
  readonly #socket: Socket
  readonly #chat: Chat
  readonly #hub: Hub
  readonly #closers: (() => void)[] = []
  #isEnded = false

  constructor(socket: Socket, chat: Chat, hub: Hub) {
    this.#socket = socket
    this.#chat = chat
    this.#hub = hub
  }

  get id(): string {
    return this.#socket.id
  }

  async identify(claimed: UserId | undefined): Promise<UserId> {
    if (this.#isEnded) throw new ChatError('unauthenticated', 'Your session has ended.')
    if (this.userId === null && claimed !== undefined) return this.#adopt(claimed)
    if (this.userId === null) throw new ChatError('unauthenticated', 'Say who you are first.')
    if (claimed === undefined || claimed === this.userId) return this.userId
    throw new ChatError('forbidden', 'You are signed in as somebody else.')
  }

  /** Whoever a client without proof names first is its user from then on. */
  async #adopt(claimed: UserId): Promise<UserId> {
    await meetUser(this.#chat, claimed)
    if (this.#socket.connected) this.become(claimed)
    return claimed
  }

  become(userId: UserId): void {
    this.userId = userId
    void this.#socket.join(userRoom(userId))
    this.onClose(this.#hub.add({ topics: [{ user: userId }], deliver: hearNothing }))
  }

  join(room: string): void {
    const { connected, rooms } = this.#socket
    if (!connected) throw new ChatError('conflict', 'This connection has closed.')
    if (rooms.has(room)) return
    if (rooms.size >= MOST_ROOMS) throw new ChatError('conflict', 'You have joined too much at once.')
    void this.#socket.join(room)
  }

  leave(room: string): void {
    void this.#socket.leave(room)
  }

  emit(event: string, payload: unknown): void {
    this.#socket.emit(event, payload)
  }

  onClose(done: () => void): void {
    if (this.#socket.connected) this.#closers.push(done)
    else done()
  }

  expire(): void {
    this.#socket.conn.close()
  }

  end(forGood: boolean): void {
    this.#isEnded = forGood
    for (const done of this.#closers) done()
  }
}

/** Rooms bring what concerns the user. */
const hearNothing = () => undefined

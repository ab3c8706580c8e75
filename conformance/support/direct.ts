import type { Message, Room } from '@parley/wire/direct'
import type { Friend } from './friends.ts'
import type { Line } from './line.ts'

// What a client of document 003 does.

interface Joined {
  roomId: string
  room: Room
  /** The oldest first. */
  messages: Message[]
}

export async function join(line: Line, me: Friend, other: Friend): Promise<Joined> {
  await line.act('join_chat', { userId: me.id, targetUserId: other.id })
  const { roomId, room } = await line.next('room_joined')
  const { messages } = await line.next('message_history', (history) => history.roomId === roomId)
  return { roomId, room, messages }
}

export async function write(line: Line, sender: Friend, roomId: string, body: string): Promise<void> {
  await line.act('send_message', { roomId, senderId: sender.id, body })
}

import type { Message as MessageView } from '@parley/wire/direct'
import type { Audience, ChatEvent } from '../../core/events.ts'
import { reaches } from '../../core/reach.ts'
import type { Message, UserId } from '../../core/types.ts'
import type { Rooms } from '../../realtime/transports/socketio-vocabulary.ts'
import { roomOf } from './admissions.ts'
import type { Admissions } from './admissions.ts'
import { REACH } from './auth.ts'
import { listUpdateView } from './views.ts'

/** Where a user hears of all conversations, once registered. */
export const personalRoom = (userId: UserId) => `direct-user-${userId}`

/** A message goes to those who have joined its conversation, and to the list of whoever it was written to. */
export function directEvents(admissions: Admissions, view: (message: Message) => MessageView) {
  return (event: ChatEvent, audience: Audience, rooms: Rooms): void => {
    if (event.type !== 'message.created' || !reaches(REACH, event)) return
    const { message } = event
    admissions.admit(message)
    const joined = [roomOf(message.conversationId)].filter(rooms.has)
    const lists = receiversOf(message, audience).map(personalRoom).filter(rooms.has)
    if (joined.length + lists.length === 0) return
    const shown = view(message)
    if (joined.length > 0) rooms.emit(joined, 'new_message', shown)
    if (lists.length > 0) rooms.emit(lists, 'chat_list_update', listUpdateView(shown))
  }
}

function receiversOf({ senderId }: Message, audience: Audience): UserId[] {
  return Array.isArray(audience) ? audience.filter((userId) => userId !== senderId) : []
}

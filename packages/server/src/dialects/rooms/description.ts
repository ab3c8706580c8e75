import { attachmentSchema, messageSchema, named, participantSchema } from '@parley/wire/rooms'
import { roomsClientEvents as client, roomsServerEvents as server } from '@parley/wire/rooms-events'
import type { SocketDescription } from '../../http/asyncapi.ts'

export const roomsDescription = {
  name: 'rooms',
  title: 'Rooms',
  description: 'Direct, group and support chats, and those about purchase requests. REST is at `/api/chat`.',
  schemas: { Attachment: attachmentSchema, Message: messageSchema, Participant: participantSchema },
  named,
  clientEvents: {
    'join-user-room': {
      summary: 'Hear what concerns oneself, in whatever chat; names the own id.',
      payload: client['join-user-room'],
    },
    'join-chat-room': {
      summary: 'Hear what happens in a chat that one takes part in.',
      payload: client['join-chat-room'],
    },
    'leave-chat-room': { summary: 'Hear no more of a chat.', payload: client['leave-chat-room'] },
    'user-online': {
      summary: 'Say that one is online, which being connected says already.',
      payload: client['user-online'],
    },
    'typing-start': {
      summary: 'Tell the others in a chat that one is typing.',
      payload: client['typing-start'],
    },
    'typing-stop': { summary: 'Tell them that one no longer is.', payload: client['typing-stop'] },
  } satisfies Record<keyof typeof client, object>,
  serverEvents: {
    'new-message': { summary: 'Somebody wrote in a chat.', payload: server['new-message'] },
    'messages-read': {
      summary: 'Somebody has read a chat, up to and with this message.',
      payload: server['messages-read'],
    },
    'message-edited': { summary: 'A message is another from now on.', payload: server['message-edited'] },
    'message-deleted': { summary: 'A message was deleted.', payload: server['message-deleted'] },
    'participants-added': {
      summary: 'There are more people in a chat.',
      payload: server['participants-added'],
    },
    'participant-removed': {
      summary: 'Somebody left a chat or was removed; who that was hears it last.',
      payload: server['participant-removed'],
    },
    'user-typing': { summary: 'Somebody is typing, or no longer is.', payload: server['user-typing'] },
    'chat-notification': {
      summary: 'Somebody else wrote in one of the chats of a user.',
      payload: server['chat-notification'],
    },
    'user-status-change': {
      summary: 'The other side of a direct chat came or went.',
      payload: server['user-status-change'],
    },
    error: { summary: 'An event of this client was refused.', payload: server.error },
  } satisfies Record<keyof typeof server, object>,
} satisfies SocketDescription

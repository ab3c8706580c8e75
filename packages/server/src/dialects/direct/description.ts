import {
  directClientEvents as client,
  directServerEvents as server,
  messageSchema,
  roomSchema,
} from '@parley/wire/direct'
import { z } from 'zod'
import type { SocketDescription } from '../../http/asyncapi.ts'

export const directDescription = {
  name: 'direct',
  title: 'Direct',
  description: 'Two people who talk, over Socket.IO alone.',
  schemas: { Message: messageSchema, Room: roomSchema },
  clientEvents: {
    register_user: {
      summary: 'Hear of every message that is written to oneself; names the own id.',
      payload: client.register_user,
    },
    join_chat: {
      summary: 'Find or make the room of two, and hear what is written there.',
      payload: client.join_chat,
      answer: server.room_joined,
    },
    send_message: {
      summary: 'Write in a room.',
      payload: client.send_message,
      answer: z.object({ message: messageSchema }),
    },
    fetch_messages: {
      summary: 'Ask for older messages.',
      payload: client.fetch_messages,
      answer: server.more_messages,
    },
  } satisfies Record<keyof typeof client, object>,
  serverEvents: {
    room_joined: { summary: 'The room that was asked for.', payload: server.room_joined },
    message_history: {
      summary: 'What was last written in it, oldest first.',
      payload: server.message_history,
    },
    new_message: { summary: 'Somebody wrote in a room that was joined.', payload: server.new_message },
    chat_list_update: {
      summary: 'Somebody wrote to the user, joined or not.',
      payload: server.chat_list_update,
    },
    more_messages: { summary: 'Older messages, oldest first.', payload: server.more_messages },
    error: { summary: 'An event of this client was refused.', payload: server.error },
  } satisfies Record<keyof typeof server, object>,
} satisfies SocketDescription

import { useChat } from '#chat/features/chat-messaging/composables/useChat.ts'
import type { ChatConnection } from '../model/connect-chat.ts'

/** The one connection of the user who is signed in. */
export function useCentrifugo(): ChatConnection {
  return useChat().connection
}

import type { ChatConnection } from '../model/connect-chat.ts'

/** The one connection of the user who is signed in. */
export function useCentrifugo(): ChatConnection {
  const chat = useNuxtApp().$chat.value
  if (!chat) throw new Error('Nobody is signed in.')
  return chat.connection
}

import type { Chat } from '../model/chat.ts'

/** The chat of the person signed in; pages that need it are behind the sign-in. */
export function useChat(): Chat {
  const chat = useNuxtApp().$chat.value
  if (!chat) throw new Error('Nobody is signed in.')
  return chat
}

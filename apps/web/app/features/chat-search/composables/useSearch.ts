import { toValue, type MaybeRefOrGetter } from 'vue'
import { useChat } from '#chat/features/chat-messaging/composables/useChat.ts'
import { createSearch } from '../model/search.ts'

/** Searches one conversation, or all of them. */
export function useSearch(conversationId: MaybeRefOrGetter<number | null> = null) {
  return createSearch({ request: useChat().request, conversationId: () => toValue(conversationId) })
}

import { toValue, type MaybeRefOrGetter } from 'vue'
import { request } from '#chat/shared/api/client.ts'
import { createSearch } from '../model/search.ts'

/** Searches one conversation, or all of them. */
export function useSearch(conversationId: MaybeRefOrGetter<number | null> = null) {
  return createSearch({ request, conversationId: () => toValue(conversationId) })
}

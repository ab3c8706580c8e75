import {
  messageHitListResponse,
  messageListResponse,
  type Conversation,
  type Message,
} from '@parley/wire/marketplace'
import { computed, shallowRef, watch } from 'vue'
import type { request as callServer } from '#chat/shared/api/client.ts'

/** Where it was found is said of hits in all conversations. */
export interface Hit extends Message {
  conversation?: Pick<Conversation, 'id' | 'companion' | 'product'>
}

export interface SearchOptions {
  request: typeof callServer
  /** Null searches all conversations. */
  conversationId: () => number | null
}

const SHORTEST = 2
const LONGEST = 200
const PATIENCE_MS = 250
const PAGE = 20

/** Searches as somebody types; what answers an earlier question is dropped. Ends with the scope that it is made in. */
export function createSearch({ request, conversationId }: SearchOptions) {
  const query = shallowRef('')
  const hits = shallowRef<readonly Hit[]>([])
  const loading = shallowRef(false)
  const error = shallowRef<unknown>(null)
  const cursor = shallowRef<string | null>(null)

  async function page(from: string | null, signal: AbortSignal) {
    const id = conversationId()
    const q = query.value.trim().slice(0, LONGEST)
    const options = { query: { q, limit: PAGE, cursor: from ?? undefined }, signal }
    return id === null
      ? request('GET', '/api/vendor/messages/search', messageHitListResponse, options)
      : request('GET', `/api/vendor/conversations/${id}/messages/search`, messageListResponse, options)
  }

  async function find(from: string | null, signal: AbortSignal) {
    loading.value = true
    error.value = null
    try {
      const { data, meta } = await page(from, signal)
      hits.value = from === null ? data : [...hits.value, ...data]
      cursor.value = meta.next_cursor
    } catch (fault) {
      if (!signal.aborted) error.value = fault
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }

  let question = new AbortController()
  watch([query, conversationId], ([asked], _before, onCleanup) => {
    question = new AbortController()
    const { signal } = question
    cursor.value = null
    loading.value = asked.trim().length >= SHORTEST
    if (!loading.value) hits.value = []
    const timer = setTimeout(() => void (loading.value && find(null, signal)), PATIENCE_MS)
    onCleanup(() => {
      clearTimeout(timer)
      question.abort()
    })
  })

  return {
    query,
    hits,
    loading,
    error,
    hasMore: computed(() => cursor.value !== null),
    /** Asks once more what has failed. */
    again: () => find(cursor.value, question.signal),
    async loadMore() {
      if (cursor.value !== null && !loading.value) await find(cursor.value, question.signal)
    },
  }
}

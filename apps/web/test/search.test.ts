import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import { createSearch } from '../app/features/chat-search/model/search.ts'
import type { Request } from '../app/features/chat-messaging/model/api.ts'
import { message } from './support/shapes.ts'

interface Asked {
  path: string
  query: Record<string, unknown>
  signal: AbortSignal
  answer: (ids: number[], cursor?: string) => void
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function openSearch(conversationId: number | null = 7) {
  const asked: Asked[] = []
  const id = ref(conversationId)
  const request: Request = async (_method, path, schema, options) => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    asked.push({
      path,
      query: options?.query ?? {},
      signal: options?.signal ?? new AbortController().signal,
      answer: (ids, cursor) =>
        resolve({
          data: ids.map((each) => message({ id: each })),
          meta: { has_more: cursor !== undefined, next_cursor: cursor ?? null },
        }),
    })
    const reply = schema.parse(await promise)
    options?.signal?.throwIfAborted()
    return reply
  }
  const inside = effectScope(true)
  const search = inside.run(() => createSearch({ request, conversationId: () => id.value }))
  if (!search) throw new Error('the scope has ended')
  const type = async (text: string, milliseconds = 300) => {
    search.query.value = text
    await vi.advanceTimersByTimeAsync(milliseconds)
  }
  const found = () => search.hits.value.map((each) => each.id)
  return {
    search,
    asked,
    type,
    found,
    settle: () => vi.advanceTimersByTimeAsync(0),
    end: () => inside.stop(),
  }
}

describe('search', () => {
  test('asks once the typing has paused', async () => {
    const { asked, type } = openSearch()
    for (const text of ['he', 'hel', 'hell']) await type(text, 100)
    expect(asked).toEqual([])
    await type('hello')
    expect(asked).toMatchObject([
      { path: '/api/vendor/conversations/7/messages/search', query: { q: 'hello' } },
    ])
  })

  test('asks for two characters at least', async () => {
    const { asked, type } = openSearch()
    await type(' h ')
    expect(asked).toEqual([])
  })

  test('drops what answers an earlier question', async () => {
    const { asked, type, found, settle } = openSearch()
    await type('first')
    await type('second')
    asked[1]?.answer([2])
    await settle()
    asked[0]?.answer([1])
    await settle()
    expect(asked[0]?.signal.aborted).toBe(true)
    expect(found()).toEqual([2])
  })

  test('finds more, page by page', async () => {
    const { search, asked, type, found, settle } = openSearch()
    await type('hello')
    asked[0]?.answer([3, 2], 'next')
    await settle()
    expect(search.hasMore.value).toBe(true)
    void search.loadMore()
    void search.loadMore()
    asked[1]?.answer([1])
    await settle()
    expect(asked.map(({ query }) => query['cursor'])).toEqual([undefined, 'next'])
    expect(found()).toEqual([3, 2, 1])
    expect(search.hasMore.value).toBe(false)
  })

  test('shows nothing for a question that was taken back', async () => {
    const { search, asked, type, found, settle } = openSearch()
    await type('hello')
    asked[0]?.answer([1])
    await settle()
    await type('')
    expect(found()).toEqual([])
    expect(search.loading.value).toBe(false)
  })

  test('ends with those who look', async () => {
    const { asked, type, end } = openSearch()
    await type('hello')
    end()
    expect(asked[0]?.signal.aborted).toBe(true)
  })
})

import { errorResponse } from '@parley/wire/marketplace'
import type { Cursors } from '../../core/cursor.ts'
import type { Chat } from '../../core/types.ts'
import type { BlobUrl } from '../../http/blobs.ts'

/** What the dialect's routes share. */
export interface Scope {
  chat: Chat
  cursors: Cursors
  blobUrl: BlobUrl
}

/** How any route may refuse, for its description. */
export const refusals = {
  401: errorResponse,
  403: errorResponse,
  404: errorResponse,
  422: errorResponse,
  429: errorResponse,
  503: errorResponse,
}

export const DEFAULT_LIMIT = 20

/** One row more was asked for than the page holds, to know whether there are more. */
export function page<T>(rows: T[], limit: number, cursorOf: (last: T) => string) {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  const hasMore = rows.length > limit
  return {
    data,
    meta: { has_more: hasMore, next_cursor: hasMore && last !== undefined ? cursorOf(last) : null },
  }
}

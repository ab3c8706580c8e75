import { ApiError, NetworkError } from '#chat/shared/api/client.ts'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/** How long to wait before the same request may succeed; null where it never will. */
export function retryDelay(error: unknown, attempts: number): number | null {
  if (error instanceof ApiError && error.retryAfter !== null) return error.retryAfter * 1000
  if (!mayPass(error)) return null
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempts) * (0.5 + Math.random() / 2)
}

/** Nobody knows, the server is in trouble, asks for patience, or does not know who asks until somebody signs in. */
function mayPass(error: unknown): boolean {
  if (error instanceof NetworkError) return true
  return error instanceof ApiError && (error.status >= 500 || error.status === 429 || error.status === 401)
}

export interface Pause {
  /** Ends it early. */
  end(): void
  done: Promise<unknown>
}

export function pause(milliseconds: number): Pause {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, milliseconds, undefined)
  const end = () => {
    clearTimeout(timer)
    resolve(undefined)
  }
  return { end, done: promise }
}

import { NetworkError } from '#chat/shared/api/client.ts'

export interface ReadingOptions {
  /** Whether somebody is looking. */
  looking: () => boolean
  /** The newest message that has not been read; null where all are. */
  unread: () => number | null
  read: (upTo: number) => Promise<void>
}

/** Tells that messages have been read: not before somebody looks, and once for many. */
export function createReading({ looking, unread, read }: ReadingOptions) {
  let wanted = false
  let busy = false

  async function attempt() {
    const upTo = unread()
    if (!wanted || busy || !looking()) return
    wanted = false
    if (upTo === null) return
    busy = true
    try {
      await read(upTo)
    } catch (error) {
      if (error instanceof NetworkError) wanted = true
      return
    } finally {
      busy = false
    }
    await attempt()
  }
  return {
    markRead(): void {
      wanted = true
      void attempt()
    },
    /** Somebody looks again, or the server can be reached again. */
    again: () => void attempt(),
    forget: () => (wanted = false),
    leftUnread: () => !busy && unread() !== null,
  }
}

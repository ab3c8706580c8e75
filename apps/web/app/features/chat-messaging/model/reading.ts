import { createErrand } from './errand.ts'

export interface ReadingOptions {
  /** Whether somebody is looking. */
  looking: () => boolean
  /** The newest message that has not been read; null where all are. */
  unread: () => number | null
  read: (upTo: number) => Promise<void>
}

/** Tells that messages have been read: not before somebody looks, and once for many. */
export function createReading({ looking, unread, read }: ReadingOptions) {
  const errand = createErrand({
    ready: looking,
    act() {
      const upTo = unread()
      return upTo === null ? null : read(upTo)
    },
  })
  const isUnderWay = () => errand.isBusy() || (errand.isWanted() && looking())
  return {
    markRead: errand.ask,
    /** Somebody looks again. */
    again: errand.again,
    wake: errand.wake,
    /** Nobody looks any more: what was seen is told now or never. */
    leave() {
      errand.hurry()
      errand.forget()
    },
    leftUnread: () => !isUnderWay() && unread() !== null,
    close: errand.close,
  }
}

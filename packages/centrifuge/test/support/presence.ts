import { createMemoryPresence, type Presence } from '../../src/index.ts'
import { createRecord } from './record.ts'

type Act = 'add' | 'remove'

export interface PresenceAct {
  act: Act
  channel: string
  client: string
  /** Monotonic milliseconds. */
  at: number
}

export interface WatchedPresence extends Presence {
  begun: ReturnType<typeof createRecord<PresenceAct>>
  done: ReturnType<typeof createRecord<PresenceAct>>
}

/** The memory presence, with a record of what is done to it and a chance to hold it up. */
export function watchedPresence(
  holdUp: (act: PresenceAct) => Promise<unknown> | undefined = () => undefined,
  presence = createMemoryPresence(),
): WatchedPresence {
  const begun = createRecord<PresenceAct>()
  const done = createRecord<PresenceAct>()
  const watch = async (what: Omit<PresenceAct, 'at'>, act: () => unknown) => {
    const entry = { ...what, at: performance.now() }
    begun.add(entry)
    const delay = holdUp(entry)
    if (delay) await delay
    await act()
    done.add(entry)
  }
  return {
    ...presence,
    begun,
    done,
    add: (channel, info, ttl) =>
      watch({ act: 'add', channel, client: info.client }, () => presence.add(channel, info, ttl)),
    remove: (channel, client) =>
      watch({ act: 'remove', channel, client }, () => presence.remove(channel, client)),
  }
}

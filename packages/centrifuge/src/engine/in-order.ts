import type { Presence } from './presence.ts'

/** What is said of one client in one channel is done in that order, so that a slow store keeps nobody who has left. */
export function inOrder(presence: Presence): Presence {
  const last = new Map<string, Promise<void>>()
  const inTurn = (key: string, act: () => void | Promise<void>) => {
    const done = last.get(key)?.then(act, act) ?? act()
    if (!done) return
    const forget = () => {
      if (last.get(key) === done) last.delete(key)
    }
    last.set(key, done)
    done.then(forget, forget)
    return done
  }
  return {
    add: (channel, info, ttl) => inTurn(`${info.client} ${channel}`, () => presence.add(channel, info, ttl)),
    remove: (channel, client) => inTurn(`${client} ${channel}`, () => presence.remove(channel, client)),
    list: (channel) => presence.list(channel),
    stats: (channel) => presence.stats(channel),
  }
}

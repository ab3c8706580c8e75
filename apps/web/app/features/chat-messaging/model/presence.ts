import { shallowReactive, shallowRef } from 'vue'
import type { ChatApi } from './api.ts'

export interface Presence {
  /** null while it is not known. */
  online: boolean | null
  lastSeenAt: string | null
}

const unknown: Presence = { online: null, lastSeenAt: null }

/** Who is online, of those that are shown: presence is not told again to those who missed it. */
export function createPresences(api: ChatApi) {
  const known = shallowReactive(new Map<number, Presence>())
  const asked = new Map<number, symbol>()
  const round = shallowRef(0)

  async function ask(userId: number) {
    const question = Symbol()
    asked.set(userId, question)
    try {
      const { online, last_seen_at } = await api.getPresence(userId)
      if (asked.get(userId) === question) known.set(userId, { online, lastSeenAt: last_seen_at })
    } catch {
      if (asked.get(userId) === question) asked.delete(userId)
    }
  }
  return {
    /** For renders and computed values: what shows it asks anew in each round. */
    presenceOf(userId: number): Presence {
      if (round.value > 0 && !asked.has(userId)) void ask(userId)
      return known.get(userId) ?? unknown
    },
    tell(userId: number, presence: Presence) {
      asked.set(userId, Symbol())
      known.set(userId, presence)
    },
    /** Something may have been missed, or nothing is known yet. */
    refresh() {
      asked.clear()
      round.value += 1
    },
  }
}

import { shallowReactive } from 'vue'
import type { ChatApi } from './api.ts'

export interface Presence {
  /** null while it is not known. */
  online: boolean | null
  lastSeenAt: string | null
}

const unknown: Presence = { online: null, lastSeenAt: null }

/** Who is online, as far as anybody has asked: presence is not told again to those who missed it. */
export function createPresences(api: ChatApi) {
  const known = shallowReactive(new Map<number, Presence>())
  const asked = new Map<number, symbol>()

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
    presenceOf(userId: number): Presence {
      if (!asked.has(userId)) void ask(userId)
      return known.get(userId) ?? unknown
    },
    tell(userId: number, presence: Presence) {
      asked.set(userId, Symbol())
      known.set(userId, presence)
    },
    refresh() {
      for (const userId of asked.keys()) void ask(userId)
    },
  }
}

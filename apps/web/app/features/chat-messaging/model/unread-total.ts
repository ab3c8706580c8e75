import { readonly, shallowRef } from 'vue'

const SETTLES_MS = 3000
const RECOUNT_MS = 500

export type UnreadTotal = ReturnType<typeof createUnreadTotal>

/**
 * The badge. A message whose event comes during a count, or soon after, may be in that count already: then it is
 * counted anew.
 */
export function createUnreadTotal(count: () => Promise<number>) {
  const total = shallowRef(0)
  let counting: Promise<void> | null = null
  let changes = 0
  let countedAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  async function countAnew() {
    let before: number
    do {
      before = changes
      const counted = await count()
      if (changes === before) total.value = counted
    } while (changes !== before)
    countedAt = performance.now()
  }
  function recount(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    changes += 1
    counting ??= countAnew().finally(() => (counting = null))
    return counting
  }
  function recountSoon() {
    timer ??= setTimeout(() => void recount().catch(() => undefined), RECOUNT_MS)
  }
  return {
    total: readonly(total),
    recount,
    recountSoon,
    /** `unread.update` */
    set(value: number) {
      changes += 1
      total.value = value
    },
    add(messages: number) {
      if (messages === 0) return
      if (counting || performance.now() - countedAt < SETTLES_MS) recountSoon()
      else total.value += messages
    },
    close: () => clearTimeout(timer),
  }
}

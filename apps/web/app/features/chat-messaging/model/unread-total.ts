import { readonly, shallowRef } from 'vue'

const SETTLES_MS = 3000
const RECOUNT_MS = 500

/**
 * The badge. A message whose event comes during a count, or soon after, may be in that count already: then it is
 * counted anew.
 */
export function createUnreadTotal(count: () => Promise<number>) {
  const total = shallowRef(0)
  let counting: Promise<unknown> | null = null
  let failed = false
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
  function recount() {
    clearTimeout(timer)
    timer = undefined
    changes += 1
    failed = false
    counting ??= countAnew()
      .catch(() => (failed = true))
      .finally(() => (counting = null))
  }
  function recountSoon() {
    timer ??= setTimeout(recount, RECOUNT_MS)
  }
  return {
    total: readonly(total),
    recount,
    recountSoon,
    /** Counts if the last count has failed. */
    repeat() {
      if (failed) recount()
    },
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

import { readonly, shallowRef } from 'vue'
import { createErrand } from './errand.ts'

const SETTLES_MS = 3000
const RECOUNT_MS = 500

/**
 * The badge. A message whose event comes during a count, or soon after, may be in that count already: then it is
 * counted anew.
 */
export function createUnreadTotal(count: () => Promise<number>) {
  const total = shallowRef(0)
  let changes = 0
  let countedAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  const counting = createErrand({ act: countAnew })

  async function countAnew() {
    const before = changes
    const counted = await count()
    if (changes === before) total.value = counted
    else counting.ask()
    countedAt = performance.now()
  }
  function recount() {
    clearTimeout(timer)
    timer = undefined
    changes += 1
    counting.ask()
  }
  function recountSoon() {
    timer ??= setTimeout(recount, RECOUNT_MS)
  }
  return {
    total: readonly(total),
    recount,
    recountSoon,
    wake: counting.wake,
    /** `unread.update` */
    set(value: number) {
      changes += 1
      total.value = value
    },
    add(messages: number) {
      if (messages === 0) return
      if (counting.isBusy() || performance.now() - countedAt < SETTLES_MS) recountSoon()
      else total.value += messages
    },
    close() {
      clearTimeout(timer)
      counting.close()
    },
  }
}

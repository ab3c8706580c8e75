import type { VirtualizerHandle } from 'virtua/vue'
import { nextTick, ref } from 'vue'
import type { Ref } from 'vue'

/** This near to the end, a person follows what is new. */
const NEAR_END = 80
/** This near to the beginning, the page before it is fetched. */
const NEAR_START = 1200

/** Where a person is in a list of messages: at its end, or somewhere in its history. */
export function useScrollPlace(options: {
  list: Readonly<Ref<VirtualizerHandle | null>>
  count: () => number
  onNearStart: () => void
}) {
  const atEnd = ref(true)

  function toIndex(index: number, align: 'start' | 'center' | 'end'): void {
    options.list.value?.scrollToIndex(index, { align })
  }

  function toEnd(): void {
    atEnd.value = true
    void nextTick(() => toIndex(options.count() - 1, 'end'))
  }

  function onScroll(offset: number): void {
    const list = options.list.value
    if (!list) return
    atEnd.value = list.scrollSize - list.viewportSize - offset < NEAR_END
    if (offset < NEAR_START) options.onNearStart()
  }

  /** A bubble grew, or the room for all of them shrank: who was at the end stays there. */
  function onResize(): void {
    if (atEnd.value) toIndex(options.count() - 1, 'end')
  }

  return { atEnd, toIndex, toEnd, onScroll, onResize }
}

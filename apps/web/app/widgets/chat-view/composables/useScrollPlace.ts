import type { VirtualizerHandle } from 'virtua/vue'
import { nextTick, ref } from 'vue'
import type { Ref } from 'vue'

/** This near to the end, a person follows what is new. */
const NEAR_END = 80
/** This near to the beginning, the page before it is fetched. */
const NEAR_START = 1200
/** What a jump brings into view is measured by then. */
const SETTLED_MS = 150

/** Where a person is in a list of messages: at its end, or somewhere in its history. */
export function useScrollPlace(options: {
  list: Readonly<Ref<VirtualizerHandle | null>>
  count: () => number
  onNearStart: () => void
}) {
  const atEnd = ref(true)
  let lastOffset = 0

  function toEnd(): void {
    atEnd.value = true
    void nextTick(stay)
    setTimeout(look, SETTLED_MS)
  }

  function toIndex(index: number, align: 'start' | 'center'): void {
    atEnd.value = false
    options.list.value?.scrollToIndex(index, { align })
    setTimeout(look, SETTLED_MS)
  }

  /** Only who scrolls up leaves the end: it also moves away when a message comes, or room is lost. */
  function look(): void {
    const list = options.list.value
    if (!list) return
    const { scrollOffset: offset, scrollSize, viewportSize } = list
    if (scrollSize - viewportSize - offset < NEAR_END) atEnd.value = true
    else if (offset < lastOffset) atEnd.value = false
    lastOffset = offset
    if (offset < NEAR_START) options.onNearStart()
  }

  /** A message came, a bubble grew, or the room for all of them shrank: who was at the end stays there. */
  function stay(): void {
    if (atEnd.value) options.list.value?.scrollToIndex(options.count() - 1, { align: 'end' })
  }

  return { atEnd, toIndex, toEnd, look, stay }
}

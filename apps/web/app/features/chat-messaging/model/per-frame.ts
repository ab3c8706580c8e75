const LONGEST_MS = 50

export interface Gathering<T> {
  add(item: T): void
  close(): void
}

/** Hands on what has come once per frame, and in a page without frames (hidden, or none at all) soon after. */
export function perFrame<T>(apply: (items: T[]) => void): Gathering<T> {
  let items: T[] = []
  let cancel: (() => void) | null = null
  function hand() {
    stop()
    const gathered = items
    items = []
    apply(gathered)
  }
  function stop() {
    cancel?.()
    cancel = null
  }
  return {
    add: (item) => {
      items.push(item)
      cancel ??= soon(hand)
    },
    close: stop,
  }
}

function soon(act: () => void): () => void {
  const timer = setTimeout(act, LONGEST_MS)
  if (typeof requestAnimationFrame === 'undefined') return () => clearTimeout(timer)
  const frame = requestAnimationFrame(act)
  return () => {
    clearTimeout(timer)
    cancelAnimationFrame(frame)
  }
}

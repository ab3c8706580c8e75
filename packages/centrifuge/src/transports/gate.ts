/** Lets frames through to a session while it reads, and holds them in order of arrival while it does not. */
export interface Gate {
  close(): void
  open(): void
  /** Resolves when the frame has been taken; false, at once, when too much is held already. */
  pass(frame: Buffer, take: (frame: Buffer) => void): Promise<boolean>
}

interface Held {
  frame: Buffer
  take: (frame: Buffer) => void
  done: (isTaken: boolean) => void
}

// What a request costs that waits, whatever its body.
const requestBytes = 1024

export function createGate(maxHeldBytes: number): Gate {
  const held: Held[] = []
  let heldBytes = 0
  let isOpen = true
  const letThrough = () => {
    for (let next = held[0]; isOpen && next; next = held[0]) {
      held.shift()
      heldBytes -= next.frame.length + requestBytes
      next.take(next.frame)
      next.done(true)
    }
  }
  return {
    close: () => (isOpen = false),
    open: () => {
      isOpen = true
      letThrough()
    },
    pass: (frame, take) =>
      new Promise((done) => {
        if (!isOpen && heldBytes + frame.length + requestBytes > maxHeldBytes) {
          done(false)
          return
        }
        heldBytes += frame.length + requestBytes
        held.push({ frame, take, done })
        letThrough()
      }),
  }
}

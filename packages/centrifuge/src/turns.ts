/** So many leave before the others are told, where that costs nothing. */
const FEW = 128

/** Says that there is something to write for it. */
export type Due<Receiver> = (receiver: Receiver) => void

/**
 * Has written at the end of a turn of the event loop what there is to write, so that all that a receiver is given within one
 * turn leaves together. While nobody is given anything twice, there is nothing to wait for: those of a crowd leave a few
 * at a time then, and the first can read while the last are still being told.
 */
export function createTurns<Receiver>(write: (receivers: Iterable<Receiver>) => void): Due<Receiver> {
  let due = new Set<Receiver>()
  const left = new Set<Receiver>()
  let isTwice = false
  let waits = false

  function takeDue(): Set<Receiver> {
    const taken = due
    due = new Set()
    return taken
  }

  function leaveEarly(): void {
    const leaving = takeDue()
    for (const receiver of leaving) left.add(receiver)
    write(leaving)
  }

  function end(): void {
    const leaving = takeDue()
    left.clear()
    waits = isTwice
    isTwice = false
    write(leaving)
  }

  return (receiver) => {
    if (due.has(receiver)) {
      isTwice = true
      return
    }
    if (left.has(receiver)) isTwice = waits = true
    if (due.size + left.size === 0) setImmediate(end)
    if (due.size >= FEW && !waits) leaveEarly()
    due.add(receiver)
  }
}

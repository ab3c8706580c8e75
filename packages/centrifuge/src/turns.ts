/** So many of a crowd leave before the others are told. */
const GROUP = 128

/** Says that there is something to write for it. */
export type Due<Receiver> = (receiver: Receiver) => void

/**
 * Has written at the end of a turn of the event loop what there is to write, so that what a receiver is given within one
 * turn leaves together. While nobody is given anything twice, there is nothing to wait for: those of a crowd leave in groups
 * then, and the first can read while the last are still being told. The first who is given more after that has it
 * wait again, in the next turn too.
 */
export function createTurns<Receiver>(write: (receivers: Iterable<Receiver>) => void): Due<Receiver> {
  let due = new Set<Receiver>()
  /** In this turn, and before its end. */
  const left = new Set<Receiver>()
  let waits = false
  let isWorthIt = false

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
    waits = isWorthIt
    isWorthIt = false
    write(leaving)
  }

  return (receiver) => {
    if (due.has(receiver)) {
      isWorthIt ||= waits
      return
    }
    if (left.has(receiver)) waits = isWorthIt = true
    if (due.size + left.size === 0) setImmediate(end)
    if (due.size >= GROUP && !waits) leaveEarly()
    due.add(receiver)
  }
}

/** So many of a crowd leave before the others are told. */
const GROUP = 128

/** In a rush there are turns with one thing for each between those with several. */
const TURNS_TO_WAIT = 8

/** Says that there is something to write for it. */
export type Due<Receiver> = (receiver: Receiver) => void

/**
 * Has written at the end of a turn of the event loop what there is to write, so that what a receiver is given within one
 * turn leaves together. While nobody is given anything twice, there is nothing to wait for: those of a crowd leave in groups
 * then, and the first can read while the last are still being told. The first who is given more after that has all
 * wait again, in the next turns too.
 */
export function createTurns<Receiver>(write: (receivers: Iterable<Receiver>) => void): Due<Receiver> {
  let due = new Set<Receiver>()
  /** In this turn, and before its end. */
  const left = new Set<Receiver>()
  let turnsToWait = 0

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
    if (turnsToWait > 0) turnsToWait--
    write(leaving)
  }

  return (receiver) => {
    if (due.has(receiver)) {
      if (turnsToWait > 0) turnsToWait = TURNS_TO_WAIT
      return
    }
    if (left.has(receiver)) turnsToWait = TURNS_TO_WAIT
    if (due.size + left.size === 0) setImmediate(end)
    if (due.size >= GROUP && turnsToWait === 0) leaveEarly()
    due.add(receiver)
  }
}

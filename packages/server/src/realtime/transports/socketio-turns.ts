/** Makes calls one after the other: one that is not done yet holds back those behind it. A failure holds back nothing. */
export function inTurn<Args extends unknown[]>(
  call: (...args: Args) => void | Promise<void>,
  onError: (error: unknown) => void,
): (...args: Args) => void {
  let last: Promise<void> | null = null

  function wait(running: Promise<void>): void {
    const done = running.catch(onError).finally(() => {
      if (last === done) last = null
    })
    last = done
  }

  return (...args) => {
    if (last) {
      wait(last.then(() => call(...args)))
      return
    }
    try {
      const running = call(...args)
      if (running) wait(running)
    } catch (error) {
      onError(error)
    }
  }
}

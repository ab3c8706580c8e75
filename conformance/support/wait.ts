import { setTimeout as later } from 'node:timers/promises'

/** The promise's value, or an error that says what was awaited. The only clock in this suite. */
export async function within<T>(milliseconds: number, what: () => string, promise: Promise<T>): Promise<T> {
  const clock = new AbortController()
  const tooLate = later(milliseconds, undefined, { signal: clock.signal }).then(() => {
    throw new Error(`waited ${milliseconds} ms for ${what()}`)
  })
  tooLate.catch(() => undefined)
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clock.abort()
  }
}

/** Asks again until the answer is the wanted one: for what the server does by itself and does not announce. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  wanted: (answer: T) => boolean,
): Promise<T> {
  let last: T | undefined
  let open = true
  const asking = async () => {
    while (open) {
      last = await ask()
      if (wanted(last)) return last
      await later(50)
    }
    throw new Error('given up')
  }
  const answer = asking()
  answer.catch(() => undefined)
  try {
    return await within(10_000, () => `${what}; last answer ${JSON.stringify(last)}`, answer)
  } finally {
    open = false
  }
}

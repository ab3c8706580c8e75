import { openLine } from './http-load.ts'
import { timings } from './samples.ts'
import type { Sample } from './samples.ts'
import type { Tally } from './tally.ts'

/** Whoever sends, one message at a time. */
export interface Sender {
  /** Resolves once the server has answered, where it answers. */
  send(): Promise<unknown>
  close(): void
}

export interface Broadcast {
  open: () => Promise<Sender>
  receivers: Tally
  /** How many receive each message. */
  count: number
}

/** The next message goes out once an earlier one has reached everybody; timed from request to last receiver. */
export async function broadcast(
  { open, receivers, count }: Broadcast,
  { seconds, inFlight }: { seconds: number; inFlight: number },
): Promise<Sample> {
  const latencies: number[] = []
  const senders = await Promise.all(Array.from({ length: inFlight }, open))
  const start = performance.now()
  let expected = receivers.delivered()
  const work = async (sender: Sender) => {
    for (let begun = performance.now(); begun < start + seconds * 1000; begun = performance.now()) {
      expected += count
      const arrived = receivers.reached(expected)
      await Promise.all([sender.send(), arrived])
      latencies.push(performance.now() - begun)
    }
  }
  try {
    await Promise.all(senders.map(work))
    return timings(latencies, (performance.now() - start) / 1000, count)
  } finally {
    for (const sender of senders) sender.close()
  }
}

/** Sends by the same request over and over. */
export const poster = (url: string, request: string) => async (): Promise<Sender> => {
  const line = await openLine(url)
  return { send: () => line.exchange(request), close: line.close }
}

import type { Carrier, CarrierOptions } from './carrier.ts'
import type { ToTab } from './protocol.ts'

const PATIENCE_MS = 10_000

/** The hub is a shared worker. `failed`: it cannot be had here. */
export function openWorkerCarrier(
  { userId, receive }: Omit<CarrierOptions, 'newHub'>,
  failed: () => void,
): Carrier {
  const worker = new SharedWorker(new URL('../worker/chat.shared-worker.ts', import.meta.url), {
    type: 'module',
    name: `chat-${userId}`,
  })
  const tooLate = setTimeout(failed, PATIENCE_MS)
  worker.onerror = failed
  worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => {
    clearTimeout(tooLate)
    receive(data)
  }
  return {
    post: (message) => worker.port.postMessage(message),
    close() {
      clearTimeout(tooLate)
      worker.onerror = null
      worker.port.close()
    },
  }
}

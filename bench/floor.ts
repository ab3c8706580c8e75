import { fileURLToPath } from 'node:url'
import { openLine, requestText } from './http-load.ts'
import { startServer } from './processes.ts'
import type { Server } from './processes.ts'

export interface Floor extends Server {
  /** Sets what the floor answers or broadcasts. */
  put(path: '/bytes' | '/frame', json: string): Promise<void>
}

type FloorServer = './floor-server.ts' | './socketio-floor-server.ts'

export async function startFloor(
  stack: AsyncDisposableStack,
  server: FloorServer = './floor-server.ts',
): Promise<Floor> {
  const floor = await startServer(stack, { args: [fileURLToPath(import.meta.resolve(server))] })
  return {
    ...floor,
    async put(path, body) {
      const line = await openLine(floor.url)
      await line.exchange(requestText({ method: 'PUT', path, body }))
      line.close()
    },
  }
}

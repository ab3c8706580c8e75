import { fileURLToPath } from 'node:url'
import { openLine, requestText } from './http-load.ts'
import { startServer } from './processes.ts'
import type { Server } from './processes.ts'
import { WEBSOCKET_PATH } from './receivers.ts'

export interface Floor extends Server {
  /** Sets what it answers. */
  put(path: '/bytes', json: string): Promise<void>
  /** Sets what those are told who have connected to a path. */
  broadcasts(payload: Buffer, path?: string): Promise<void>
}

type FloorServer = './floor-server.ts' | './socketio-floor-server.ts'

export async function startFloor(
  stack: AsyncDisposableStack,
  server: FloorServer = './floor-server.ts',
): Promise<Floor> {
  const floor = await startServer(stack, { args: [fileURLToPath(import.meta.resolve(server))] })
  async function put(path: string, body: string): Promise<void> {
    const line = await openLine(floor.url)
    await line.exchange(requestText({ method: 'PUT', path, body }))
    line.close()
  }
  return {
    ...floor,
    put,
    broadcasts: (payload, path = WEBSOCKET_PATH) =>
      put('/frame', JSON.stringify({ path, payload: payload.toString('base64') })),
  }
}

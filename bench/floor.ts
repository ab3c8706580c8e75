import { fileURLToPath } from 'node:url'
import { openLine, requestText } from './http-load.ts'
import { ADDRESS, startProcess } from './processes.ts'

export interface Floor {
  url: string
  pid: number
  /** Sets what the floor answers or broadcasts. */
  put(path: '/bytes' | '/frame', json: string): Promise<void>
  stop(): Promise<void>
}

type FloorServer = './floor-server.ts' | './socketio-floor-server.ts'

export async function startFloor(
  stack: AsyncDisposableStack,
  server: FloorServer = './floor-server.ts',
): Promise<Floor> {
  const { found, pid, stop } = await startProcess(stack, {
    command: process.execPath,
    args: [fileURLToPath(import.meta.resolve(server))],
    ready: ADDRESS,
  })
  return {
    url: found,
    pid,
    stop,
    async put(path, body) {
      const line = await openLine(found)
      await line.exchange(requestText({ method: 'PUT', path, body }))
      line.close()
    },
  }
}

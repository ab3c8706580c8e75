import { parentPort, workerData } from 'node:worker_threads'
import { openEngine } from './pglite-engine.ts'
import { ensureFolder } from './pglite-folder.ts'

/** The thread on which the embedded PostgreSQL runs, so that a long statement does not stop the server. */

if (!parentPort) throw new Error('pglite-worker.ts is the entry of a worker thread.')
const port = parentPort
const { folder } = workerData as { folder: string }

const created = await ensureFolder(folder)
const engine = await openEngine({ folder, onDeath: die })

port.on('message', (request: Uint8Array | 'close') => {
  if (request === 'close') void closeEngine()
  else answer(engine.exchange(request))
})
port.postMessage({ created })

function answer(response: Uint8Array<ArrayBuffer>): void {
  if (response.length > 0) port.postMessage(response, [response.buffer])
}

async function closeEngine(): Promise<void> {
  await engine.close()
  port.close()
}

function die(reason: string): never {
  port.postMessage({ died: reason })
  process.exit(1) // ends this thread alone
}

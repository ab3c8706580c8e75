import fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { FolderInUse, takeDataLock, type DataLock } from '../db/data-lock.ts'
import { isBuiltFrom, markBuilt, outputOf, publicOf, SHELL } from './web-app.ts'

// A process of its own, which has the lock on what it writes: if whoever started it is killed, nobody builds into
// the same folder before this one has ended as well.

const TRY_AGAIN_MS = 200

const [folder = '', fingerprint = '', program = '', ...args] = process.argv.slice(2)
const end = () => process.exit(1)
process.once('SIGINT', end).once('SIGTERM', end)
process.stdout.on('error', end) // nobody listens any more
process.stderr.on('error', end)

const lock = await takeTurn(outputOf(folder))
process.once('exit', (code) => {
  if (code === 0 && fs.existsSync(join(publicOf(folder), SHELL))) markBuilt(folder, fingerprint)
  lock.release()
})
if (isBuiltFrom(folder, fingerprint)) process.exit()
fs.rmSync(outputOf(folder), { recursive: true, force: true })
process.argv.splice(1, process.argv.length, program, ...args)
await import(pathToFileURL(program).href)

async function takeTurn(output: string): Promise<DataLock> {
  for (let waiting = false; ; waiting = true) {
    try {
      return takeDataLock(output)
    } catch (error) {
      if (!(error instanceof FolderInUse)) throw error
      if (!waiting) process.stdout.write('Waiting for another build\n')
      await setTimeout(TRY_AGAIN_MS)
    }
  }
}

import { once } from 'node:events'
import { takeDataLock } from '../../../src/db/data-lock.ts'

/** On a line of standard input takes the lock of every folder it is given, and says of each `taken` or why not. */
const folders = process.argv.slice(2)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
for (const folder of folders) process.stdout.write(`${attempt(folder)}\n`)
process.stdout.write('done\n')

function attempt(folder: string): string {
  try {
    takeDataLock(folder)
    return 'taken'
  } catch (error) {
    return String(error)
  }
}

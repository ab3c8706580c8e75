import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Memory } from './processes.ts'

// Loaded into a server before it starts: tells the process that started it how much memory is in use.

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // what that flag exposes

process.on('message', () => {
  const { rss } = process.memoryUsage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  const memory: Memory = { resident: rss, alive: heapUsed + external }
  process.send?.(memory)
})
process.channel?.unref()

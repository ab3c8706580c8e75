import fs from 'node:fs'

/** Loaded before everything else, in every thread: writes down each file that is really synced. */
const log = process.env['SYNC_LOG'] ?? ''
fs.fsyncSync = counting(fs.fsyncSync)
fs.fdatasyncSync = counting(fs.fdatasyncSync)

function counting(sync: (descriptor: number) => void): (descriptor: number) => void {
  return (descriptor) => {
    sync(descriptor)
    fs.appendFileSync(log, `${fs.readlinkSync(`/proc/self/fd/${descriptor}`)}\n`)
  }
}

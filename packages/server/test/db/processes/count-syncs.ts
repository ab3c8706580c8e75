import fs from 'node:fs'

/** Loaded before everything else, in every thread: writes down each file that is really synced. */
const log = process.env['SYNC_LOG'] ?? ''
const sync = fs.fsyncSync
fs.fsyncSync = (descriptor) => {
  sync(descriptor)
  fs.appendFileSync(log, `${fs.readlinkSync(`/proc/self/fd/${descriptor}`)}\n`)
}

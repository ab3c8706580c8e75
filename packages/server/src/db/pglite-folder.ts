import fs from 'node:fs'
import path from 'node:path'
import { openEngine } from './pglite-engine.ts'

/** Makes the data folder of an embedded PostgreSQL where there is none; says whether it did. */
export async function ensureFolder(folder: string): Promise<boolean> {
  if (fs.existsSync(folder)) return false
  // What a crash leaves half made never gets the real name.
  const draft = `${folder}.new`
  fs.rmSync(draft, { recursive: true, force: true })
  fs.mkdirSync(draft, { recursive: true })
  const engine = await openEngine({ folder: draft, onDeath: failToInitialise })
  await engine.close()
  syncTree(draft)
  fs.renameSync(draft, folder)
  syncEntry(path.dirname(folder))
  return true
}

function failToInitialise(reason: string): never {
  throw new Error(`The embedded PostgreSQL could not be initialised: ${reason}`)
}

function syncTree(folder: string): void {
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    syncEntry(path.join(entry.parentPath, entry.name))
  }
  syncEntry(folder)
}

function syncEntry(file: string): void {
  const descriptor = fs.openSync(file, 'r')
  try {
    fs.fsyncSync(descriptor)
  } finally {
    fs.closeSync(descriptor)
  }
}

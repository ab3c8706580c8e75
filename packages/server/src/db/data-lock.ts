import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { isRunning, ownIdentity } from './process-identity.ts'
import type { ProcessIdentity } from './process-identity.ts'

/**
 * Two PostgreSQLs in one folder destroy it without a word. The lock is a file beside the folder that says who has
 * it; it is taken away from a dead process only.
 */
export interface DataLock {
  release(): void
}

interface Holder extends ProcessIdentity {
  /** Of this very lock, so that of many starters one replaces it when its process is dead. */
  id: string
}

// A holder in another container or on another machine is seen by the time of its file alone.
const TOUCH_MS = 5_000
const SILENT_MS = 20_000

/** Somebody alive has it. */
export class FolderInUse extends Error {
  constructor(folder: string, { pid }: ProcessIdentity) {
    super(
      `The data folder ${folder} is in use by process ${pid}. Stop it first, or give this one a folder of its own.`,
    )
  }
}

/** Throws FolderInUse, which names the folder and the process. */
export function takeDataLock(folder: string): DataLock {
  const file = `${folder}.lock`
  const holder: Holder = { id: randomUUID(), ...ownIdentity() }
  const draft = `${file}.${holder.id}.new`
  fs.writeFileSync(draft, `${JSON.stringify(holder)}\n`, { flag: 'wx', flush: true })
  try {
    take(file, { draft, folder })
  } finally {
    fs.rmSync(draft)
  }
  const touching = setInterval(() => touch(file), TOUCH_MS).unref()
  return {
    release() {
      clearInterval(touching)
      if (read(file)?.id === holder.id) fs.rmSync(file)
    },
  }
}

/**
 * Linking a finished file is atomic and fails where one is. To replace a dead holder's file one must first take, in
 * the same way, the lock on replacing it, which is named after it: of two starters after a crash one gets that.
 */
function take(file: string, starter: { draft: string; folder: string }): void {
  while (!linked(starter.draft, file)) {
    const holder = read(file)
    if (!holder) continue // released meanwhile
    if (isAlive(holder, file)) throw new FolderInUse(starter.folder, holder)
    const claim = `${file}.${holder.id}`
    take(claim, starter)
    if (read(file)?.id === holder.id) {
      fs.renameSync(claim, file)
      return
    }
    fs.rmSync(claim) // somebody was quicker
  }
}

function linked(draft: string, file: string): boolean {
  try {
    fs.linkSync(draft, file)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function isAlive(holder: Holder, file: string): boolean {
  return isRunning(holder) ?? Date.now() - fs.statSync(file).mtimeMs < SILENT_MS
}

function touch(file: string): void {
  const now = new Date()
  fs.utimes(file, now, now, () => undefined) // a folder that has gone is noticed elsewhere
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Holder // only this file writes it
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw new Error(`The lock ${file} cannot be read. Delete it if no Parley runs on this folder.`, {
      cause: error,
    })
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

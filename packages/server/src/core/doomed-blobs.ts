import { forgetDoomedBlobs, listAbandonedBlobs } from '../db/doomed-blobs.ts'
import type { Chat } from './types.ts'

type Store = Pick<Chat, 'db' | 'blobs'>

const BATCH = 1000

/** Deletes doomed files. One that cannot be deleted stays doomed, and is not in the way of the others. */
export async function discardBlobs({ db, blobs }: Store, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  const results = await Promise.allSettled(keys.map((key) => blobs.delete(key)))
  await forgetDoomedBlobs(
    db,
    keys.filter((_, n) => results[n]?.status === 'fulfilled'),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

/** Deletes the files of uploads and erasures that were cut short. */
export async function discardAbandonedBlobs(store: Store): Promise<void> {
  for (;;) {
    const keys = await listAbandonedBlobs(store.db, BATCH)
    if (keys.length === 0) return
    await discardBlobs(store, keys)
  }
}

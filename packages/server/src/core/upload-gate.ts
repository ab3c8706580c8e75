import { createGate, createGates } from './gate.ts'

// What waits stays in the network.
const UPLOADS = { running: 16, waiting: 64 }
const UPLOADS_OF_ONE_USER = { running: 2, waiting: 8 }

export type UploadGate = <T>(userId: string, work: () => Promise<T>) => Promise<T>

/** Takes in so many uploads at a time, of one user and in all; refuses the rest with ChatError `unavailable`. */
export function createUploadGate(): UploadGate {
  const ofAll = createGate(UPLOADS)
  const ofOneUser = createGates(UPLOADS_OF_ONE_USER)
  return (userId, work) => ofOneUser(userId, () => ofAll(work))
}

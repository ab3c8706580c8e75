import type { ToHub, ToTab } from './protocol.ts'

/** Carries what a tab and the hub say to each other. */
export interface Carrier {
  post(message: ToHub): void
  close(): void
}

export interface CarrierOptions {
  userId: number
  receive(message: ToTab): void
  /** There is a hub that does not know this tab. */
  newHub(): void
}

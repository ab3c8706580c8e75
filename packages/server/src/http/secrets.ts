import { timingSafeEqual } from 'node:crypto'
import { hashToken } from '../core/sessions.ts'

/** Whether a token is one of these, in a time that tells nothing of any: hashes have one length, and all are compared. */
export function isAmong(secrets: string[], given: string): boolean {
  const hash = hashToken(given)
  return secrets.map((secret) => timingSafeEqual(hashToken(secret), hash)).includes(true)
}

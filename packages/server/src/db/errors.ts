import pg from 'pg'

/** The database cannot be reached just now; what was asked may be asked again. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
}

// SQLSTATE classes: 08, the connection failed; 57P, the server is being shut down, was cut off, or is starting.
const LOST = /^(08|57P)/
// As `pg` says it, which has no codes of its own.
const GONE = /^Connection terminated|^Client .* is not queryable$/
const CUT = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'])

/** Whether the database refused a statement, and so rolled back; any other failure may come after the commit. */
export const wasRefused = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && !isConnectionLost(error)

/** Whether a statement failed because its connection did. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return LOST.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string') return CUT.has(error.code)
  return GONE.test(error.message)
}

import pg from 'pg'

const UNIQUE_VIOLATION = '23505'

/** Whether a statement failed on a unique constraint or index: on `constraint`, where it is named. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof pg.DatabaseError) || error.code !== UNIQUE_VIOLATION) return false
  return constraint === undefined || error.constraint === constraint
}

import { refusal } from '../errors.ts'

/** What a hook decided. One that forgot to answer, or answered no object, lets nobody do anything. */
export function granted<Decision extends object>(decision: Decision | null | undefined): Decision {
  if (!decision || Object(decision) !== decision) throw refusal(103)
  return decision
}

import type { About } from './events.ts'
import type { Reach } from './types.ts'

/** Whether a protocol can represent what an event happened in. Events do not say of which organisation that is. */
export function reaches({ kinds, subjectTypes }: Reach, { kind, subjectType }: About): boolean {
  const isOfKind = kinds === undefined || (kind !== null && kinds.includes(kind))
  return isOfKind && (subjectTypes === undefined || subjectTypes.includes(subjectType ?? ''))
}

import type { About } from './events.ts'
import type { Reach } from './types.ts'

/** Whether what an event happened in is within a reach: the same as `db/reach.ts` says of a row. */
export function reaches(reach: Reach, { kind, subjectType, org }: About): boolean {
  const isOfKind = reach.kinds === undefined || (kind !== null && reach.kinds.includes(kind))
  const isAbout = reach.subjectTypes === undefined || reach.subjectTypes.includes(subjectType ?? '')
  return isOfKind && isAbout && (reach.org === undefined || reach.org === (org ?? ''))
}

import type { About } from './events.ts'
import type { Reach } from './types.ts'

/** Whether what an event happened in is within a reach: the same as `db/reach.ts` says of a row. */
export function reaches(reach: Reach, { kind, subjectType, org }: About): boolean {
  const isOfKind = reach.kinds === undefined || (kind !== null && reach.kinds.includes(kind))
  return isOfKind && isAbout(reach, subjectType) && (reach.org === undefined || reach.org === (org ?? ''))
}

function isAbout({ subjectTypes }: Reach, subjectType: string | null): boolean {
  if (subjectTypes === undefined || subjectTypes.includes(subjectType ?? '')) return true
  return subjectType !== null && subjectTypes.includes('*')
}

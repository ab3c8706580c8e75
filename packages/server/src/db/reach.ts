import type { Conversation, Reach } from './schema.ts'

/** Whether a row `c` of conversations is within a reach, given as parameters `$n` to `$n+2` of the statement. */
export const within = (n: number) => reachHolds(`$${n}::text[]`, `$${n + 1}::text[]`, `$${n + 2}::text`)

/** The same of a reach that is given as expressions. */
export const reachHolds = (kinds: string, subjectTypes: string, org: string) =>
  `(${kinds} is null or c.kind = any(${kinds}))
   and (${subjectTypes} is null or coalesce(c.subject_type, '') = any(${subjectTypes})
     or (c.subject_type is not null and '*' = any(${subjectTypes})))
   and (${org} is null or coalesce(c.org_id, '') = ${org})`

/** The same of a conversation that has been read, or of what happened in one. */
export function reaches(
  { kinds, subjectTypes, org: place }: Reach,
  about: { kind: Conversation['kind'] | null; subjectType: string | null; org: string | null },
): boolean {
  const { kind, subjectType, org } = about
  if (kinds && (kind === null || !kinds.includes(kind))) return false
  if (place !== undefined && place !== (org ?? '')) return false
  if (!subjectTypes || subjectTypes.includes(subjectType ?? '')) return true
  return subjectType !== null && subjectTypes.includes('*')
}

export const reachParams = (reach: Reach) => [
  reach.kinds ?? null,
  reach.subjectTypes ?? null,
  reach.org ?? null,
]

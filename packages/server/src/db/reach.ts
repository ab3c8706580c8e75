import type { Reach } from './schema.ts'

/** Whether a row `c` of conversations is within a reach, given as parameters `$n` to `$n+2` of the statement. */
export const within = (n: number) =>
  `($${n}::text[] is null or c.kind = any($${n}))
   and ($${n + 1}::text[] is null or coalesce(c.subject_type, '') = any($${n + 1})
     or (c.subject_type is not null and '*' = any($${n + 1})))
   and ($${n + 2}::text is null or coalesce(c.org_id, '') = $${n + 2})`

export const reachParams = (reach: Reach) => [
  reach.kinds ?? null,
  reach.subjectTypes ?? null,
  reach.org ?? null,
]

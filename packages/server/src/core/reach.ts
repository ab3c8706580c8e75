import { reaches as holds } from '../db/reach.ts'
import type { About } from './events.ts'
import type { Reach } from './types.ts'

/** Whether what an event happened in is within a reach. */
export const reaches = (reach: Reach, { kind, subjectType, org }: About): boolean =>
  holds(reach, { kind, subjectType, orgId: org })

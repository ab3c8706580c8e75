import type { z } from 'zod'

interface Places {
  before?: unknown
  after?: unknown
  around?: unknown
}

/** Of these a client names one at most; the last of several is at fault. */
export function onePlace({ before, after, around }: Places, context: z.core.$RefinementCtx): void {
  const given = Object.entries({ before, after, around }).filter(([, place]) => place !== undefined)
  const names = given.map(([name]) => name)
  if (names.length > 1)
    context.addIssue({
      code: 'custom',
      path: names.slice(-1),
      message: 'only one of before, after and around may be given',
    })
}

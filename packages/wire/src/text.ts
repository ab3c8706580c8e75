import { z } from 'zod'

/** Characters are Unicode code points, so that one emoji is one; there are never more of them than of code units. */
const hasAtMost = (most: number, value: string) => value.length <= most || Array.from(value).length <= most

/** What people write, without white space around it and without what PostgreSQL cannot keep. */
export const text = () =>
  z
    .string()
    .trim()
    .refine((value) => !value.includes('\0'), 'must not contain the character U+0000')

/** The same with a limit. */
export const textUpTo = (most: number, refusal = `must have at most ${most} characters`) =>
  text().check(upTo(most, refusal))

/** A limit that descriptions show, as they show zod's own. */
function upTo(most: number, refusal: string): z.core.$ZodCheck<string> {
  const check = z.refine<string>((value) => hasAtMost(most, value), refusal)
  check._zod.onattach.push(({ _zod }) => {
    _zod.bag['maximum'] = most
  })
  return check
}

import { z } from 'zod'

/** Characters are Unicode code points, so that one emoji is one. */
const characters = (value: string) => Array.from(value).length

/** What people write, without white space around it and without what PostgreSQL cannot keep. */
export const text = () =>
  z
    .string()
    .trim()
    .refine((value) => !value.includes('\0'), 'must not contain the character U+0000')

/** The same with a limit. */
export const textUpTo = (most: number, refusal = `must have at most ${most} characters`) =>
  text().refine((value) => characters(value) <= most, refusal)

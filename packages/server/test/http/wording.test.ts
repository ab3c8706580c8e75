import { expect, it } from 'vitest'
import { z } from 'zod'
import { InvalidInput, parseInput } from '../../src/http/schemas.ts'

const wordsFor = (schema: z.ZodType, value?: unknown) => {
  try {
    return parseInput(z.object({ field: schema }), { field: value })
  } catch (error) {
    return error instanceof InvalidInput ? error.details['field'] : error
  }
}

it.each([
  [z.string(), undefined, 'is required'],
  [z.enum(['a', 'b']), undefined, 'is required'],
  [z.string(), 7, 'must be a string'],
  [z.int(), 1.5, 'must be a whole number'],
  [z.boolean(), 'true', 'must be true or false'],
  [z.array(z.string()), 'a', 'must be a list'],
  [z.object({}), [], 'must be an object'],
  [z.enum(['a', 'b']), 'c', 'must be one of a, b'],
  [z.literal('a'), 'c', 'must be a'],
  [z.string().min(1).max(255), '', 'must not be empty'],
  [z.string().min(1).max(255), 'x'.repeat(256), 'must have at most 255 characters'],
  [z.string().min(2), 'x', 'must have at least 2 characters'],
  [z.array(z.int()).min(1), [], 'must not be empty'],
  [z.array(z.int()).max(2), [1, 2, 3], 'must have at most 2 entries'],
  [z.int().min(1).max(100), 0, 'must be at least 1'],
  [z.int().min(1).max(100), 101, 'must be at most 100'],
  [z.int().positive(), 0, 'must be more than 0'],
  [z.uuid(), 'x', 'must be a UUID'],
  [z.iso.datetime(), 'today', 'must be a time as in RFC 3339'],
  [z.string().regex(/^a$/), 'b', 'is not valid'],
  [z.union([z.string(), z.int()]), null, 'is not valid'],
  [z.string().refine(() => false, 'must rhyme'), 'x', 'must rhyme'],
])('says what is wrong with input in words of ours (%#)', (schema, value, words) => {
  expect(wordsFor(schema, value)).toEqual([words])
})

import type { z } from 'zod'

/** What is wrong with input, where its schema has no words of its own: they complete a sentence that names the field. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined) return 'is required'
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? 'is not valid'
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`
    case 'too_small':
      return leastWording(issue)
    case 'too_big':
      return mostWording(issue)
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'is not valid'
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return 'is not valid'
  }
}

const KINDS: Record<string, string> = {
  string: 'must be a string',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
}

const FORMATS: Record<string, string> = {
  uuid: 'must be a UUID',
  datetime: 'must be a time as in RFC 3339',
}

const UNITS: Record<string, string> = { string: ' characters', array: ' entries' }

function leastWording({ origin, minimum, inclusive }: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall>): string {
  const unit = UNITS[origin]
  if (unit === undefined) return `must be ${inclusive ? 'at least' : 'more than'} ${minimum}`
  return minimum === 1 ? 'must not be empty' : `must have at least ${minimum}${unit}`
}

function mostWording({ origin, maximum }: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig>): string {
  const unit = UNITS[origin]
  return unit === undefined ? `must be at most ${maximum}` : `must have at most ${maximum}${unit}`
}

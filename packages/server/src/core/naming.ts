import { ChatError } from './errors.ts'

const NAME_LENGTH = 255
const DESCRIPTION_LENGTH = 4000

/** What a conversation is called: trimmed; null for none. A character is a Unicode code point. */
export const parseName = (text: string | null): string | null => parse(text, NAME_LENGTH, 'name')

export const parseDescription = (text: string | null): string | null =>
  parse(text, DESCRIPTION_LENGTH, 'description')

function parse(text: string | null, most: number, field: string): string | null {
  const trimmed = text?.toWellFormed().trim() ?? ''
  if (Array.from(trimmed).length > most)
    throw new ChatError('invalid', `must have at most ${most} characters`, field)
  return trimmed || null
}

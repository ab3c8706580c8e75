import pg from 'pg'

const INT8 = 20
const INT8_ARRAY = 1016
const DATE = 1082

type Parse = (text: string) => unknown

// Its declaration lists the types that it knows; for any other number it answers text.
const defaultParser = pg.types.getTypeParser as (oid: number, format?: 'text' | 'binary') => Parse

const PARSERS = new Map<number, Parse>([
  [INT8, toSafeNumber],
  [INT8_ARRAY, (text) => toSafeNumbers(defaultParser(INT8_ARRAY)(text))],
  // pg would make it midnight in the zone of this machine.
  [DATE, (text) => text],
])

/** How values of a type arrive in JavaScript. */
export const parserOf = (oid: number): Parse => PARSERS.get(oid) ?? defaultParser(oid, 'text')

/** The same for what `pg` parses itself: given to a connection, so that its global table stays untouched. */
export const types: pg.CustomTypesConfig = { getTypeParser: parserOf }

function toSafeNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toSafeNumbers)
  return typeof value === 'string' ? toSafeNumber(value) : value
}

function toSafeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`)
  return value
}

import { ClientError } from '../errors.ts'
import { valueOf } from '../payload.ts'

/** Reads one field of a request; what it may be undefined for may be absent. */
export type Field<Value> = (value: unknown, name: string) => Value
export type Fields = Record<string, Field<unknown>>
export type Parsed<Shape extends Fields> = { [Name in keyof Shape]: ReturnType<Shape[Name]> }

/** Throws ClientError 107 that names the field. What is not in the table is ignored. */
export function parseFields<Shape extends Fields>(shape: Shape, request: unknown, name = ''): Parsed<Shape> {
  if (!isObject(request)) throw mustBe(name || 'the request', 'an object')
  const parsed = Object.entries(shape).map(([key, field]) => [
    key,
    field(Object.hasOwn(request, key) ? request[key] : undefined, name ? `${name}.${key}` : key),
  ])
  // One value per field, each by the field of its name.
  return Object.fromEntries(parsed) as Parsed<Shape>
}

/** Null is as good as nothing. */
export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return (value, name) => (value === undefined || value === null ? undefined : field(value, name))
}

/** A text that may be empty. */
export const anyText: Field<string> = (value, name) => {
  if (typeof value !== 'string') throw mustBe(name, 'a text')
  return value
}

export const text: Field<string> = (value, name) => {
  if (anyText(value, name) === '') throw mustBe(name, 'a text that is not empty')
  return anyText(value, name)
}

/** An empty text is as good as none. */
export const optionalText: Field<string | undefined> = (value, name) =>
  optional(anyText)(value, name) || undefined

export const flag: Field<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw mustBe(name, 'true or false')
  return value
}

export const integer: Field<number> = (value, name) => {
  if (!Number.isSafeInteger(value)) throw mustBe(name, 'a whole number')
  return value as number
}

const natural: Field<number> = (value, name) => {
  if (integer(value, name) < 0) throw mustBe(name, 'a whole number that is not negative')
  return integer(value, name)
}

/** Zero is as good as none. */
export const optionalNatural: Field<number | undefined> = (value, name) =>
  optional(natural)(value, name) || undefined

export const json: Field<unknown> = (value) => value

/** Bytes; where they are JSON, what it says, so that clients of either encoding can take it. */
export const base64: Field<unknown> = (value, name) => {
  const encoded = anyText(value, name)
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) throw mustBe(name, 'base64')
  return encoded === '' ? undefined : valueOf(bytes)
}

export function list<Value>(field: Field<Value>): Field<Value[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw mustBe(name, 'a list')
    return value.map((item, index) => field(item, `${name}[${index}]`))
  }
}

export const texts: Field<Record<string, string>> = (value, name) => {
  if (!isObject(value)) throw mustBe(name, 'an object')
  for (const [key, item] of Object.entries(value)) anyText(item, `${name}.${key}`)
  // Every value has just been looked at.
  return value as Record<string, string>
}

export function object<Shape extends Fields>(shape: Shape): Field<Parsed<Shape>> {
  return (value, name) => parseFields(shape, value, name)
}

export function mustBe(name: string, what: string): ClientError {
  return new ClientError(107, `bad request: ${name} must be ${what}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As much of JSON Schema 2020-12 as descriptions of APIs use; whatever else a schema says is an error. */
export interface JsonSchema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  propertyNames?: JsonSchema
  items?: JsonSchema
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
}

type Check = (schema: JsonSchema, value: unknown, at: string) => string[]

/** What is wrong with a value, each with its place. `root` is where references lead. */
export function violations(root: unknown, schema: JsonSchema, value: unknown): string[] {
  const check: Check = (schema, value, at) => {
    refuseUnknown(schema)
    if (schema.$ref !== undefined) return check(resolve(root, schema.$ref), value, at)
    const alternatives = schema.anyOf ?? schema.oneOf
    if (alternatives?.every((option) => check(option, value, at).length > 0) === true)
      return [`${at} is none of the alternatives`]
    const ofType = typeViolations(schema, value, at)
    if (ofType.length > 0) return ofType
    if (typeof value === 'string') return textViolations(schema, value, at)
    if (typeof value === 'number') return numberViolations(schema, value, at)
    if (Array.isArray(value)) return arrayViolations(check, schema, value, at)
    return typeof value === 'object' && value !== null
      ? objectViolations(check, schema, value as Record<string, unknown>, at)
      : []
  }
  return check(schema, value, '$')
}

const annotations = [
  ...['title', 'description', 'default', 'format', 'examples', 'id', '$id', '$schema'],
  ...['contentEncoding', 'contentMediaType'],
]
const keywords = [
  ...['$ref', 'type', 'enum', 'const', 'anyOf', 'oneOf', 'properties', 'required', 'additionalProperties'],
  ...['propertyNames', 'items', 'minItems', 'maxItems', 'minLength', 'maxLength', 'pattern'],
  ...['minimum', 'maximum', 'exclusiveMinimum'],
]

function refuseUnknown(schema: JsonSchema): void {
  const unknown = Object.keys(schema).filter((key) => !keywords.includes(key) && !annotations.includes(key))
  if (unknown.length > 0) throw new Error(`a schema says ${unknown.join(', ')}, which nothing here checks`)
}

function resolve(root: unknown, reference: string): JsonSchema {
  const target = reference
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], root)
  if (target === undefined) throw new Error(`${reference} leads nowhere`)
  // A description's references lead to schemas.
  return target as JsonSchema
}

function typeViolations(schema: JsonSchema, value: unknown, at: string): string[] {
  if (schema.enum?.includes(value) === false) return [`${at} is not one of ${schema.enum.join(', ')}`]
  if (schema.const !== undefined && schema.const !== value)
    return [`${at} is not ${JSON.stringify(schema.const)}`]
  const types = [schema.type ?? []].flat()
  return types.length === 0 || types.some((type) => isOf(type, value))
    ? []
    : [`${at} is no ${types.join(' or ')}`]
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value)
  return typeof value === type
}

function textViolations(schema: JsonSchema, value: string, at: string): string[] {
  const { minLength = 0, maxLength = Infinity, pattern } = schema
  const length = Array.from(value).length
  const fits = length >= minLength && length <= maxLength
  const matches = pattern === undefined || new RegExp(pattern, 'u').test(value)
  return [...(fits ? [] : [`${at} has ${length} characters`]), ...(matches ? [] : [`${at} is ${value}`])]
}

function numberViolations(schema: JsonSchema, value: number, at: string): string[] {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = schema
  return value >= minimum && value <= maximum && value > exclusiveMinimum ? [] : [`${at} is ${value}`]
}

function arrayViolations(check: Check, schema: JsonSchema, value: unknown[], at: string): string[] {
  const { items = {}, minItems = 0, maxItems = Infinity } = schema
  const fits = value.length >= minItems && value.length <= maxItems
  const inner = value.flatMap((item, index) => check(items, item, `${at}[${index}]`))
  return [...(fits ? [] : [`${at} has ${value.length} items`]), ...inner]
}

function objectViolations(check: Check, schema: JsonSchema, value: Record<string, unknown>, at: string) {
  const { properties = {}, required = [], additionalProperties: others = true, propertyNames = {} } = schema
  const missing = required
    .filter((name) => value[name] === undefined)
    .map((name) => `${at}.${name} is missing`)
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const place = `${at}.${name}`
    const named = check(propertyNames, name, place)
    const known = properties[name]
    if (known) return [...named, ...check(known, field, place)]
    if (others === false) return [...named, `${place} is not described`]
    return others === true ? named : [...named, ...check(others, field, place)]
  })
  return [...missing, ...inner]
}

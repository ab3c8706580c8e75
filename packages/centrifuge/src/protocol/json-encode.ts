import { disconnect } from '../errors.ts'
import { Raw, type Fields, type Value } from './reply-fields.ts'

export function encodeFields(fields: Fields): string {
  let text = ''
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !isLeftOut(value))
      text += `${text && ','}${JSON.stringify(name)}:${encodeValue(value)}`
  }
  return `{${text}}`
}

function encodeValue(value: Value): string {
  if (typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Raw) return encodeRaw(value)
  return Array.isArray(value) ? `[${value.map(encodeValue).join()}]` : encodeFields(value)
}

function isLeftOut(value: Value): boolean {
  return value instanceof Raw && value.isOptional && value.payload instanceof Uint8Array
}

/** Bytes that are no JSON have no place in JSON. */
function encodeRaw({ payload }: Raw): string {
  if (payload instanceof Uint8Array) throw disconnect('inappropriateProtocol')
  return payload
}

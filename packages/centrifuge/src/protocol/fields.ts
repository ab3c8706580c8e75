import { disconnect } from '../errors.ts'
import type { StreamPosition } from '../engine/engine.ts'

export type Fields = Record<string, unknown>

const maxUint32 = 0xffff_ffff

/** Absent and null are the zero value, as in the protocol's own servers; another type is a bad request. */
export function textField(fields: Fields, name: string): string {
  return asText(fields[name] ?? '')
}

export function asText(value: unknown): string {
  if (typeof value !== 'string') throw disconnect('badRequest')
  return value
}

export function listField(fields: Fields, name: string): unknown[] {
  const value = fields[name] ?? []
  if (!Array.isArray(value)) throw disconnect('badRequest')
  return value
}

export function flagField(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false
  if (typeof value !== 'boolean') throw disconnect('badRequest')
  return value
}

export function integerField(fields: Fields, name: string): number {
  const value = fields[name] ?? 0
  if (!Number.isSafeInteger(value)) throw disconnect('badRequest')
  return value as number
}

export function countField(fields: Fields, name: string): number {
  const value = integerField(fields, name)
  if (value < 0) throw disconnect('badRequest')
  return value
}

export function uint32Field(fields: Fields, name: string): number {
  const value = countField(fields, name)
  if (value > maxUint32) throw disconnect('badRequest')
  return value
}

export function objectField(fields: Fields, name: string): Fields {
  return asFields(fields[name] ?? {})
}

export function asFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw disconnect('badRequest')
  return value as Fields
}

export function positionFields(fields: Fields): StreamPosition {
  return { offset: countField(fields, 'offset'), epoch: textField(fields, 'epoch') }
}

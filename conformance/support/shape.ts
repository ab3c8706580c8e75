import { expect } from 'vitest'
import { errorResponse, type ErrorResponse } from '@parley/wire/marketplace'
import type { Reply } from './http.ts'

interface Schema<T> {
  parse: (input: unknown) => T
}

/** The times of document 000: `2026-02-11T18:51:59+00:00`. */
export const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/

/** The body by its schema: every field there, none beside. */
export function strict<T>(schema: Schema<T>, body: unknown): T {
  const parsed = schema.parse(body)
  expect(body).toStrictEqual(parsed)
  return parsed
}

/** The same, and each `*_at` written as document 000 writes times. */
export function exact<T>(schema: Schema<T>, body: unknown): T {
  const parsed = strict(schema, body)
  checkTimes(body)
  return parsed
}

function checkTimes(value: unknown, name = ''): void {
  if (typeof value === 'string' && name.endsWith('_at')) expect(value, name).toMatch(TIME)
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) checkTimes(inner, key)
}

type Failure = ErrorResponse['error']

/** Asserts the status and the error envelope, and returns the error inside. */
export function failure(reply: Reply, status: number, code: Failure['code']): Failure {
  expect({ status: reply.status, body: reply.body }).toMatchObject({ status, body: { error: { code } } })
  const { error } = exact(errorResponse, reply.body)
  expect(error.message).not.toBe('')
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
  return error
}

/** A 422 that names exactly this field, with at least one message. */
export function refusal(reply: Reply, field: string): string {
  const { details } = failure(reply, 422, 'validation_error')
  expect(Object.keys(details ?? {})).toEqual([field])
  const message = details?.[field]?.join(' ') ?? ''
  expect(message).not.toBe('')
  return message
}

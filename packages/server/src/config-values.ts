import { z } from 'zod'

// Each message completes a sentence that begins with the variable's name; none quotes the value, which may be a secret.

const MIN_SECRET_BYTES = 32
const MIN_HOST_TOKEN = 32

export function text() {
  return z.string().trim()
}

export function integer(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`
  const inRange = (value: string) => /^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max
  return text().refine(inRange, message).transform(Number)
}

export function flag() {
  return z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
}

export function list(entry: z.ZodType<string, string>) {
  return text()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .pipe(z.array(entry))
}

export function httpUrl() {
  return text().refine(isHttpUrl, 'must be an http or https URL')
}

export function origin() {
  const message = 'must be an http or https origin without a path, such as https://chat.example.com'
  return text()
    .refine(isOrigin, message)
    .transform((value) => new URL(value).origin)
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\//i.test(value) && URL.canParse(value)
}

function isOrigin(value: string): boolean {
  return isHttpUrl(value) && new URL(value).href === `${new URL(value).origin}/`
}

export function postgresUrl() {
  const isPostgres = (value: string) => /^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value)
  return text().refine(isPostgres, 'must be a postgres:// or postgresql:// URL')
}

export function cookieName() {
  return text().regex(/^[\w!#$%&'*+.^`|~-]+$/, "may hold letters, digits and !#$%&'*+-.^_`|~ only")
}

export function hostToken() {
  const isToken = (value: string) => value.length >= MIN_HOST_TOKEN && /^[\x21-\x7e]+$/.test(value)
  return text().refine(
    isToken,
    `must have at least ${MIN_HOST_TOKEN} characters, all printable ASCII, no spaces`,
  )
}

export function secret() {
  const isLong = (value: string) => Buffer.byteLength(value) >= MIN_SECRET_BYTES
  return text().refine(isLong, `must have at least ${MIN_SECRET_BYTES} bytes`)
}

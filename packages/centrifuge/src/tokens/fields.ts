import { TokenInvalidError } from './errors.ts'

export type Claims = Record<string, unknown>

export function invalid(claim: string): TokenInvalidError {
  return new TokenInvalidError(`the claim ${claim} is missing or is not what it should be`)
}

/** Empty where there is none. */
export function readText(claims: Claims, name: string): string {
  const value = claims[name] ?? ''
  if (typeof value !== 'string') throw invalid(name)
  return value
}

export function readObject(value: unknown, name: string): Claims {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name)
  return value as Claims
}

/** The JSON value of that name, or the bytes of its `b64` twin. */
export function readValue(claims: Claims, name: string): unknown {
  const encoded = readText(claims, `b64${name}`)
  if (!encoded) return claims[name]
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) throw invalid(`b64${name}`)
  return new Uint8Array(bytes)
}

/** `expire_at` goes before `exp`; 0 is never. */
export function readExpiry({ exp, expire_at: expireAt }: Claims): number | undefined {
  const time = expireAt ?? (typeof exp === 'number' ? Math.floor(exp) : 0)
  if (!Number.isSafeInteger(time) || Number(time) < 0) throw invalid('expire_at')
  return Number(time) || undefined
}

// Ids of our own as UUIDs (RFC 9562, version 8): 53 bits of number, highest first, so that they sort as numbers do, and
// what the number counts. Nothing is stored: each is computed from the other.

const KINDS = { conversation: 1n, message: 2n, attachment: 3n }

type Kind = keyof typeof KINDS

const VERSION = 8n << 76n
const VARIANT = 2n << 62n
const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** A positive integer below 2^53. */
export function toUuid(kind: Kind, id: number): string {
  const number = BigInt(id)
  const bits = ((number >> 5n) << 80n) | VERSION | ((number & 31n) << 71n) | VARIANT | KINDS[kind]
  const hex = bits.toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Null for what `toUuid` never makes of this kind; capital letters are as good as small ones. */
export function fromUuid(kind: Kind, text: string): number | null {
  const uuid = text.toLowerCase()
  if (!PATTERN.test(uuid)) return null
  const bits = BigInt(`0x${uuid.replaceAll('-', '')}`)
  const id = Number(((bits >> 80n) << 5n) | ((bits >> 71n) & 31n))
  return id > 0 && toUuid(kind, id) === uuid ? id : null
}

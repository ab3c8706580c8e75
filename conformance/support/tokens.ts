import { createHmac } from 'node:crypto'

/** An HS256 token over any claims, right or wrong. */
export function jwt(
  secret: string,
  claims: Record<string, unknown>,
  header: object = { alg: 'HS256', typ: 'JWT' },
) {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createTokenVerifier } from '../../src/tokens/verifier.ts'

/** The moment at which the tests take place, unix seconds. */
export const today = 1_800_000_000

export const secret = 'a secret'

export interface Clock {
  now: () => number
  pass(seconds: number): void
}

export function startClock(): Clock {
  let time = today * 1000
  return { now: () => time, pass: (seconds) => (time += seconds * 1000) }
}

type SigningKey = CryptoKey | Uint8Array

export function sign(claims: JWTPayload, key: SigningKey, alg: string, kid?: string): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key)
}

export function signHmac(claims: JWTPayload, alg = 'HS256'): Promise<string> {
  return sign(claims, Buffer.from(secret), alg)
}

/** A key pair with what the two kinds of configuration take of it. */
export async function newKey(alg: string, kid?: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid }
  const signWith = (claims: JWTPayload) => sign(claims, privateKey, alg, kid)
  return { pem: await exportSPKI(publicKey), jwk, privateKey, sign: signWith }
}

export interface JwksServer {
  url: string
  requests: number
  status: number
  body: string
}

/** Serves the body over HTTP and counts how often it is asked for. */
export async function serveJwks(...keys: JWK[]): Promise<JwksServer> {
  const served: JwksServer = { url: '', requests: 0, status: 200, body: JSON.stringify({ keys }) }
  const http = createServer((_, response) => {
    served.requests += 1
    response.writeHead(served.status).end(served.body)
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  served.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/keys`
  return served
}

/** A verifier that has the server's keys, with a clock of its own. */
export function verifyBy(server: JwksServer, options: object = {}) {
  const clock = startClock()
  const verifier = createTokenVerifier({ jwks_public_endpoint: server.url, ...options }, clock)
  return { ...clock, connection: verifier.connection }
}

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'
import { onTestFinished } from 'vitest'
import type { Signer } from './tokens.ts'

const answers = {
  keys: (response: ServerResponse, keys: JWK[]) => response.end(JSON.stringify({ keys })),
  error: (response: ServerResponse) => response.writeHead(503).end('down'),
  nonsense: (response: ServerResponse) => response.end('<html></html>'),
  nothing: () => undefined,
}

/** A host's key server; change `keys` and `answer` at will. */
export async function startJwksServer(...signers: Signer[]) {
  const state = {
    keys: signers.map((signer) => signer.jwk),
    answer: 'keys' as keyof typeof answers,
    requests: 0,
    url: '',
  }
  const server = createServer((_, response) => {
    state.requests += 1
    answers[state.answer](response, state.keys)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  // Listening on a port, hence the address is an object.
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  return state
}

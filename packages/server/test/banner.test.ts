import { expect, it } from 'vitest'
import { bannerOf } from '../src/banner.ts'
import { readConfig } from '../src/config.ts'

const facts = { address: 'http://127.0.0.1', database: 'none', version: '1', took: 0, isDemo: false }

it('the banner says where each API is described, and whether tokens are taken', () => {
  const banner = (env: Record<string, string> = {}) => bannerOf(readConfig(env), facts)
  for (const page of [
    'docs/marketplace',
    'docs/workspace',
    'docs/rooms',
    'docs/dialogs',
    'asyncapi/sockets.json',
  ])
    expect(banner()).toContain(`http://127.0.0.1/${page}\n`)
  expect(banner()).toMatch(/Tokens +off \(set PARLEY_JWT_SECRETS or PARLEY_JWKS_URL\)\n/)
  expect(banner({ PARLEY_JWT_SECRETS: 's'.repeat(32) })).not.toContain('Tokens')
  expect(banner({ PARLEY_JWKS_URL: 'https://example.com/jwks' })).not.toContain('Tokens')
})

/** What the banner calls insecure of webhooks to these addresses. */
function warnings(urls: string, environment: Record<string, string> = {}): string {
  const secret = 'w'.repeat(32)
  const env = { PARLEY_WEBHOOK_URLS: urls, PARLEY_WEBHOOK_SECRET: secret, ...environment }
  const banner = bannerOf(readConfig(env), facts)
  expect(banner).not.toContain(secret)
  return /INSECURE[^]*/.exec(banner)?.[0] ?? ''
}

it('the banner says where webhooks go in the clear, without what their addresses may hide', () => {
  const banner = warnings('https://a.example.com/hook,http://b.example.com/hook?key=1')
  expect(banner).toContain('Webhooks go to http://b.example.com in the clear')
  expect(banner).not.toContain('a.example.com')
  expect(banner).not.toContain('key')
})

it('the banner says that webhooks may go to neighbours', () => {
  const allowed = { PARLEY_WEBHOOK_ALLOW_PRIVATE: 'true' }
  expect(warnings('http://127.0.0.1:9000', allowed)).toMatch(
    /^INSECURE +PARLEY_WEBHOOK_ALLOW_PRIVATE: .*\n\n$/,
  )
  expect(warnings('https://a.example.com')).toBe('')
})

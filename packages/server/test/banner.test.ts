import { expect, it } from 'vitest'
import { bannerOf } from '../src/banner.ts'
import { readConfig } from '../src/config.ts'

/** What the banner calls insecure of webhooks to these addresses. */
function warnings(urls: string, environment: Record<string, string> = {}): string {
  const secret = 'w'.repeat(32)
  const env = { PARLEY_WEBHOOK_URLS: urls, PARLEY_WEBHOOK_SECRET: secret, ...environment }
  const facts = { address: 'http://127.0.0.1', database: 'none', version: '1', took: 0, isDemo: false }
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

import { afterAll, expect, test } from 'vitest'
import { dialogs } from './dialogs/house.ts'
import { openReceiver } from './dialogs/receiver.ts'
import { refusal } from './dialogs/guest.ts'
import { trust } from './dialogs/trust.ts'
import { webhooksTo } from './dialogs/webhooks.ts'
import type { House } from './dialogs/house.ts'

const SECRET = 'a secret of the webhooks of this suite, long enough'
const RATE_LIMIT = 20

const receiver = await openReceiver(SECRET)
afterAll(() => receiver.close())

dialogs('dialogs on a trusted network, with webhooks', [trust, webhooksTo(receiver)], {
  PARLEY_TRUST_CLIENT_IDS: 'true',
  PARLEY_WEBHOOK_URLS: receiver.url,
  PARLEY_WEBHOOK_SECRET: SECRET,
  PARLEY_WEBHOOK_ALLOW_PRIVATE: 'true',
})

function limits(house: House) {
  test('PARLEY_RATE_LIMIT: 429 with Retry-After to the user who asks too often, and to nobody else', async () => {
    const [eager, calm] = await house.guests(2)
    for (let n = 0; n < RATE_LIMIT; n++) expect((await eager.call('GET /dialogs')).status).toBe(200)
    const reply = await eager.call('GET /dialogs')
    refusal(reply, 'RATE_LIMITED')
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await calm.call('GET /dialogs')).status).toBe(200)
  })

  test('PARLEY_RATE_LIMIT: frames are counted too; whoever sends too many is told, and stays connected', async () => {
    const [eager, calm] = await house.guests(2)
    const [line, other] = [await house.line(eager), await house.line(calm)]
    for (let n = 0; n < RATE_LIMIT; n++) line.say({ type: 'ping' })
    for (let n = 0; n < RATE_LIMIT; n++) await line.next('pong')
    line.say({ type: 'ping' })
    expect((await line.next('error')).message).toMatch(/^Too many requests/)
    other.say({ type: 'ping' })
    await other.next('pong')
    expect(line.socket.readyState).toBe(1)
  })

  test('without PARLEY_ADMIN_TOKENS there is no management: 404 whatever is asked, with or without a token', async () => {
    for (const what of [
      'POST /dialogs',
      'POST /dialogs/search',
      'GET /dialogs/x',
      'DELETE /dialogs/x',
      'GET /',
    ])
      for (const authorization of [null, 'Bearer ', 'Bearer undefined'])
        refusal(
          await house.manage(what, what.startsWith('POST') ? {} : undefined, authorization),
          'NOT_FOUND',
        )
  })
}

dialogs('dialogs with limits and without management', [limits], {
  PARLEY_RATE_LIMIT: String(RATE_LIMIT),
  PARLEY_ADMIN_TOKENS: undefined,
})

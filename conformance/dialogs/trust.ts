import { afterEach, expect, test } from 'vitest'
import { contents, listDialogs, messagesOf, refusal, send } from './guest.ts'
import { OPEN, type House } from './house.ts'
import { openLine, refusedHandshake, socketUrl } from './line.ts'
import { startSdk, type Sdk } from './sdk.ts'

/** Where clients are whoever they say they are. */
export function trust(house: House) {
  const pages: Sdk[] = []
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close()
  })

  test('somebody of whom nobody has heard asks, joins, writes and listens, by name alone', async () => {
    const anna = await house.guest({ id: 'trusted-anna', name: 'Anna', trusted: true })
    expect(await listDialogs(anna)).toEqual([])
    const boris = await house.guest({ id: 'trusted-boris', name: 'Boris', trusted: true })
    const { id, object_type, object_id } = await house.open([boris], { access_scopes: [OPEN] })
    for (const who of [anna, boris]) pages.push(await startSdk(house.url, who))
    const [hers, his] = pages
    if (!hers || !his) throw new Error('two pages')
    await his.load()
    await his.show(id)
    await hers.showAbout(object_type, object_id)
    await hers.join()
    await hers.send('Hello')
    await his.saw('her message', () => contents(his.messages).includes('Hello'))
    await his.send('Hi')
    await hers.saw('his', () => contents(hers.messages).includes('Hi'))
    expect(contents(await messagesOf(anna, id))).toEqual(['Hello', 'Hi'])
  })

  test('a proof is still a proof: a bad token is 401, somebody else 403, nobody 400', async () => {
    const [anna, boris] = await house.guests(2)
    const { id } = await house.open([anna])
    await send(anna, id, 'With a token')
    refusal(await anna.call('GET /dialogs', undefined, { authorization: 'Bearer garbage' }), 'UNAUTHORIZED')
    refusal(
      await anna.call('GET /dialogs', undefined, { authorization: `Bearer ${boris.token}` }),
      'FORBIDDEN',
    )
    refusal(
      await anna.call('GET /dialogs?user_id=', undefined, { authorization: undefined }),
      'VALIDATION_ERROR',
    )
    const url = (query: Record<string, string>) => socketUrl(house.url(), query)
    expect(await refusedHandshake(url({ user_id: anna.id, token: 'garbage' }))).toMatchObject({ status: 401 })
    expect(await refusedHandshake(url({}))).toMatchObject({ status: 400 })
    house.keep(await openLine(url({ user_id: anna.id })))
  })
}

import { afterAll, beforeAll, expect, test } from 'vitest'
import { meResponse, peopleResponse, productListResponse } from '@parley/wire/demo'
import { acknowledgement, conversationListResponse, errorResponse } from '@parley/wire/marketplace'
import { request } from './support/http.ts'
import { vendorUrl } from './support/person.ts'
import { discard, startServer, type Server } from './support/server.ts'
import { exact } from './support/shape.ts'

let demo: Server
beforeAll(async () => {
  demo = await startServer({ args: ['--demo'] })
}, 240_000)
afterAll(async () => {
  await demo.stop()
  await discard(demo)
})

async function signIn(link: string) {
  const reply = await request('GET', link)
  expect([200, 302, 303]).toContain(reply.status)
  const cookies = reply.headers.getSetCookie()
  const valueOf = (name: string) =>
    new RegExp(`^${name}=([^;]+)`).exec(cookies.find((one) => one.startsWith(name)) ?? '')?.[1]
  return { cookies, session: valueOf('PARTIZAP_SESSION') ?? '', csrf: valueOf('CSRF_TOKEN') ?? '' }
}

const links = () =>
  [...demo.output().stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+\/\S*sign-in\/\d+/g)].map(([link]) => link)

test('the demo signs its people in with a cookie that scripts cannot read and a CSRF cookie that they can', async () => {
  expect(links().length).toBeGreaterThanOrEqual(2)
  for (const link of links().slice(0, 2)) {
    const { cookies } = await signIn(link)
    const session = cookies.find((cookie) => cookie.startsWith('PARTIZAP_SESSION=')) ?? ''
    expect(session).toMatch(/; HttpOnly/i)
    expect(session).toMatch(/; SameSite=Lax/i)
    const csrf = cookies.find((cookie) => cookie.startsWith('CSRF_TOKEN=')) ?? ''
    expect(csrf).toMatch(/; SameSite=Lax/i)
    expect(csrf).not.toMatch(/HttpOnly/i)
  }
  const [link = ''] = links()
  expect((await request('GET', link.replace(/\d+$/, '999999'))).status).toBe(404)
})

test('the demo has people, products and pictures of its own, and the cookies open the API', async () => {
  for (const link of links()) {
    const { session, csrf } = await signIn(link)
    const headers = { cookie: `PARTIZAP_SESSION=${session}; CSRF_TOKEN=${csrf}`, 'x-csrf-token': csrf }
    const reply = await request('GET', vendorUrl(demo, '/conversations'), { headers, query: { limit: 100 } })
    expect(reply.status).toBe(200)
    for (const { companion, product } of exact(conversationListResponse, reply.body).data) {
      for (const url of [companion.avatar_url, product.image_url]) {
        const picture = await request('GET', new URL(url ?? '', demo.url).href)
        expect(picture.status, String(url)).toBe(200)
        expect(picture.headers.get('content-type')).toMatch(/^image\//)
      }
    }
  }
})

test('the demo opens with its web app, and tells it who is there, what is for sale and who has signed in', async () => {
  const opened = /Open +(\S+)/.exec(demo.output().stdout)?.[1]
  const page = await request('GET', `${opened}/cabinet`)
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toMatch(/^text\/html/)
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")

  const ask = (path: string, headers = {}) => request('GET', `${opened}/demo${path}`, { headers })
  const people = exact(peopleResponse, (await ask('/people')).body).data
  const products = exact(productListResponse, (await ask('/products')).body).data
  expect(people.map(({ id }) => id)).toEqual(expect.arrayContaining(products.map(({ seller }) => seller.id)))

  const { session, csrf } = await signIn(links()[0] ?? '')
  const cookie = `PARTIZAP_SESSION=${session}`
  expect(exact(meResponse, (await ask('/me', { cookie })).body).data.id).toBe(people[0]?.id)
  const headers = { cookie, 'x-csrf-token': csrf }
  const signedOut = await request('POST', `${opened}/demo/sign-out`, { headers })
  exact(acknowledgement, signedOut.body)
  const nobody = await ask('/me', { cookie })
  expect(nobody.status).toBe(401)
  expect(exact(errorResponse, nobody.body).error.code).toBe('authentication_error')
})

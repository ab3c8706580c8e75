import { meResponse, peopleResponse, productListResponse, productResponse } from '@parley/wire/demo'
import { acknowledgement, errorResponse } from '@parley/wire/marketplace'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { everybody, products } from '../../src/demo/content.ts'
import { freshStore } from '../support/databases.ts'
import { openFrames } from '../support/frames.ts'
import { BUILD_MS, startServer } from './processes.ts'
import type { Running } from './processes.ts'

let demo: Running
let store: Awaited<ReturnType<typeof freshStore>>

beforeAll(async () => {
  store = await freshStore('embedded')
  demo = await startServer(['--demo'], { PARLEY_DATA: store.dataDir })
}, BUILD_MS)
afterAll(async () => {
  await demo.stop()
  await store.drop()
})

const call = (path: string, init: RequestInit = {}) => fetch(`${demo.url}/demo${path}`, init)
const json = async (path: string): Promise<unknown> => (await call(path)).json()

interface SignedIn {
  cookie: string
  csrf: string
}

async function signIn(id: string): Promise<SignedIn> {
  const response = await call(`/sign-in/${id}`, { headers: { accept: 'application/json' } })
  const { session, csrf_token: csrf } = (await response.json()) as { session: string; csrf_token: string }
  return { cookie: `PARTIZAP_SESSION=${session}; CSRF_TOKEN=${csrf}`, csrf }
}

const me = ({ cookie }: Pick<SignedIn, 'cookie'>) => call('/me', { headers: { cookie } })
const signOut = (headers: Record<string, string>) => call('/sign-out', { method: 'POST', headers })

async function refusal(response: Response) {
  return { status: response.status, code: errorResponse.parse(await response.json()).error.code }
}

/** A connection that events come over, once it is up. */
async function connect({ cookie }: SignedIn) {
  const url = `${demo.url.replace('http', 'ws')}/connection/websocket`
  const client = openFrames(url, { read: (frame) => frame as object }, { headers: { cookie } })
  client.ws.once('open', () => client.say({ id: 1, connect: {} }))
  expect(await client.next()).toHaveProperty('connect')
  return client
}

describe('what is for sale, and by whom', () => {
  it('is shown to anybody', async () => {
    const { data: people } = peopleResponse.parse(await json('/people'))
    expect(people.map(({ id, about }) => [String(id), about])).toEqual(
      everybody.map(({ id, about }) => [id, about]),
    )
    const { data: list } = productListResponse.parse(await json('/products'))
    expect(list.map(({ id, price }) => [String(id), price])).toEqual(
      products.map(({ id, price }) => [id, price]),
    )
    for (const product of list) {
      expect(productResponse.parse(await json(`/products/${product.id}`)).data).toEqual(product)
      expect(people).toContainEqual(expect.objectContaining(product.seller))
      expect((await fetch(`${demo.url}${product.image_url}`)).headers.get('content-type')).toBe(
        'image/svg+xml',
      )
    }
  })

  it.each(['999', 'camera', '101x'])('is not: %s', async (id) => {
    expect(await refusal(await call(`/products/${id}`))).toEqual({ status: 404, code: 'not_found_error' })
  })
})

describe('who is signed in', () => {
  it('is told, by the name that the chat has', async () => {
    const anna = await signIn('1')
    expect(meResponse.parse(await (await me(anna)).json())).toEqual({
      data: { id: 1, display_name: 'Анна Соколова', avatar_url: '/demo/avatars/1.svg' },
    })
  })

  it.each(['', 'PARTIZAP_SESSION=never-opened'])('is nobody, with the cookies %j', async (cookie) => {
    const nobody = { status: 401, code: 'authentication_error' }
    expect(await refusal(await me({ cookie }))).toEqual(nobody)
    expect(await refusal(await signOut({ cookie }))).toEqual(nobody)
  })
})

describe('signing out', () => {
  it('ends the session with its connections, takes both cookies back, and spares other sessions', async () => {
    const [one, another] = [await signIn('2'), await signIn('2')]
    const [connection, other] = [await connect(one), await connect(another)]
    const response = await signOut({ cookie: one.cookie, 'x-csrf-token': one.csrf })
    expect(response.status).toBe(200)
    acknowledgement.parse(await response.json())
    expect(response.headers.getSetCookie()).toEqual([
      'PARTIZAP_SESSION=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
      'CSRF_TOKEN=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Lax',
    ])
    expect(await connection.closed).toMatchObject({ code: 4501 })
    expect((await me(one)).status).toBe(401)
    expect((await me(another)).status).toBe(200)
    expect(other.ws.readyState).toBe(other.ws.OPEN)
    other.ws.close()
    await other.closed
  })

  it('takes the CSRF token of that very session', async () => {
    const [one, another] = [await signIn('3'), await signIn('3')]
    const forbidden = { status: 403, code: 'authorization_error' }
    expect(await refusal(await signOut({ cookie: one.cookie }))).toEqual(forbidden)
    const foreign = { cookie: one.cookie, 'x-csrf-token': another.csrf }
    expect(await refusal(await signOut(foreign))).toEqual(forbidden)
    expect((await me(one)).status).toBe(200)
  })
})

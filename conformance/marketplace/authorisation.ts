import { beforeAll, describe, expect, test } from 'vitest'
import { errorResponse } from '@parley/wire/marketplace'
import { hide, imageForm, listConversations, listMessages, send } from '../support/acts.ts'
import type { Chat, Pair } from '../support/chat.ts'
import { endSession, hostCall, openSession, putUser } from '../support/host.ts'
import { request, type Reply, type RequestOptions } from '../support/http.ts'
import { picture } from '../support/images.ts'
import { credentials, vendorUrl, type Person } from '../support/person.ts'
import { exact } from '../support/shape.ts'

interface Scene extends Pair {
  outsider: Person
  other: Person
  image: Buffer
  messageId: number
}

interface Route {
  method: string
  path: (scene: Scene) => string
  options?: (scene: Scene) => RequestOptions
  /** Status for the buyer, for the seller, and for an outsider. */
  allowed: [number, number, number]
}

const conversation = (rest: string) => (scene: Scene) => `/conversations/${scene.conversation.id}${rest}`
const json = (body: (scene: Scene) => unknown) => (scene: Scene) => ({ json: body(scene) })

const routes: Record<string, Route> = {
  'POST /conversations': {
    method: 'POST',
    path: () => '/conversations',
    options: json(({ product }) => ({ product_id: product })),
    allowed: [200, 422, 201],
  },
  'GET /conversations': { method: 'GET', path: () => '/conversations', allowed: [200, 200, 200] },
  'GET /conversations/unread-count': {
    method: 'GET',
    path: () => '/conversations/unread-count',
    allowed: [200, 200, 200],
  },
  'GET /conversations/{id}': { method: 'GET', path: conversation(''), allowed: [200, 200, 403] },
  'GET /conversations/{id}/messages': {
    method: 'GET',
    path: conversation('/messages'),
    allowed: [200, 200, 403],
  },
  'POST /conversations/{id}/messages': {
    method: 'POST',
    path: conversation('/messages'),
    options: json(() => ({ text: 'Hello!' })),
    allowed: [201, 201, 403],
  },
  'POST /conversations/{id}/messages/image': {
    method: 'POST',
    path: conversation('/messages/image'),
    options: ({ image }) => ({ raw: imageForm(image) }),
    allowed: [201, 201, 403],
  },
  'GET /conversations/{id}/messages/search': {
    method: 'GET',
    path: conversation('/messages/search'),
    options: () => ({ query: { q: 'hello' } }),
    allowed: [200, 200, 403],
  },
  'GET /messages/search': {
    method: 'GET',
    path: () => '/messages/search',
    options: () => ({ query: { q: 'hello' } }),
    allowed: [200, 200, 200],
  },
  'POST /conversations/{id}/delivered': {
    method: 'POST',
    path: conversation('/delivered'),
    options: json(({ messageId }) => ({ last_message_id: messageId })),
    allowed: [200, 200, 403],
  },
  'POST /conversations/{id}/read': { method: 'POST', path: conversation('/read'), allowed: [200, 200, 403] },
  'POST /conversations/{id}/typing': {
    method: 'POST',
    path: conversation('/typing'),
    allowed: [200, 200, 403],
  },
  'GET /users/{id}/online': {
    method: 'GET',
    path: ({ seller }) => `/users/${seller.id}/online`,
    allowed: [200, 200, 200],
  },
  'DELETE /conversations/{id}': { method: 'DELETE', path: conversation(''), allowed: [200, 200, 403] },
}

export function authorisation(chat: Chat) {
  let scene: Scene
  /** Header sets that must not get in, by what is wrong with them. */
  let strangers: Record<string, Record<string, string>>
  /** A right cookie without the right proof that the page itself sent the request. */
  let forgeries: Record<string, Record<string, string>>

  async function setScene(): Promise<Scene> {
    const pair = await chat.pair()
    const { id } = await send(pair.seller, pair.conversation.id, 'hello')
    const [outsider, other] = [await chat.person(), await chat.person()]
    return { ...pair, outsider, other, image: await picture('png', 4, 4), messageId: id }
  }

  async function sessionOf(id: string) {
    await putUser(chat.server(), id, { display_name: 'Somebody' })
    return openSession(chat.server(), id)
  }

  beforeAll(async () => {
    scene = await setScene()
    const ended = await openSession(chat.server(), String(scene.buyer.id))
    await endSession(chat.server(), ended.session)
    const former = await chat.pair()
    await hostCall(chat.server(), 'DELETE', `/users/${former.buyer.id}`, { query: { messages: 'keep' } })
    const cookie = `PARTIZAP_SESSION=${scene.buyer.session.session}`
    const token = scene.buyer.session.csrf_token
    strangers = {
      'no cookie': {},
      'a garbage cookie': { cookie: 'PARTIZAP_SESSION=garbage; CSRF_TOKEN=x', 'x-csrf-token': 'x' },
      'an empty cookie': { cookie: 'PARTIZAP_SESSION=', 'x-csrf-token': token },
      'a cookie without a value': { cookie: 'PARTIZAP_SESSION; =; ;;', 'x-csrf-token': token },
      'a cookie of 8 KB': { cookie: `PARTIZAP_SESSION=${'a'.repeat(8000)}`, 'x-csrf-token': token },
      'the CSRF token for a session': { cookie: `PARTIZAP_SESSION=${token}`, 'x-csrf-token': token },
      'an ended session': credentials(ended),
      'the session of an erased user': credentials(former.buyer.session),
      'a user whose id is a name': credentials(await sessionOf(`alice-${scene.buyer.id}`)),
      'a user whose id has a leading zero': credentials(await sessionOf(`0${scene.buyer.id}`)),
      'a user whose id is beyond 2^53': credentials(await sessionOf('9007199254740993')),
      'a garbage bearer': { authorization: 'Bearer garbage' },
    }
    forgeries = {
      'no CSRF token': { cookie },
      'an empty CSRF token': { cookie, 'x-csrf-token': '' },
      'a wrong CSRF token': { cookie, 'x-csrf-token': 'x'.repeat(token.length) },
      'the CSRF token of somebody else': { cookie, 'x-csrf-token': scene.other.session.csrf_token },
      'CSRF cookie and header of the caller’s own choice': {
        cookie: `${cookie}; CSRF_TOKEN=x`,
        'x-csrf-token': 'x',
      },
      'a CSRF cookie that differs from the header': {
        cookie: `${cookie}; CSRF_TOKEN=x`,
        'x-csrf-token': token,
      },
      'the CSRF cookie alone': { cookie: `${cookie}; CSRF_TOKEN=${token}` },
    }
  })

  function call(route: Route, inScene: Scene, headers: Record<string, string>): Promise<Reply> {
    const options = route.options?.(inScene) ?? {}
    return request(route.method, vendorUrl(chat.server(), route.path(inScene)), { ...options, headers })
  }

  async function outcomes(route: Route, visitors: Record<string, Record<string, string>>) {
    const results: Record<string, string> = {}
    for (const [who, headers] of Object.entries(visitors)) {
      const reply = await call(route, scene, headers)
      const code = reply.status < 400 ? 'let in' : exact(errorResponse, reply.body).error.code
      results[who] = `${reply.status} ${code}`
    }
    return results
  }

  const all = (visitors: object, outcome: string) =>
    Object.fromEntries(Object.keys(visitors).map((who) => [who, outcome]))

  describe.each(Object.entries(routes))('%s', (_, route) => {
    test('is closed to whoever is not signed in', async () => {
      expect(await outcomes(route, strangers)).toEqual(all(strangers, '401 authentication_error'))
    })

    if (route.method === 'GET') {
      test('needs no CSRF token', async () => {
        const reply = await call(route, scene, { cookie: `PARTIZAP_SESSION=${scene.buyer.session.session}` })
        expect(reply.status).toBe(200)
      })
    } else {
      test('is closed to a request without the CSRF token of the session', async () => {
        expect(await outcomes(route, forgeries)).toEqual(all(forgeries, '403 authorization_error'))
      })
    }

    test('opens to buyer, seller and outsider as far as it should', async () => {
      const own = await setScene()
      const people = [own.buyer, own.seller, own.outsider]
      const statuses: number[] = []
      for (const person of people) statuses.push((await call(route, own, credentials(person.session))).status)
      expect(statuses).toEqual(route.allowed)
    })

    test('stays open to a participant who has hidden the conversation', async () => {
      const own = await setScene()
      await hide(own.buyer, own.conversation.id)
      expect((await call(route, own, credentials(own.buyer.session))).status).toBe(route.allowed[0])
    })
  })

  test('everything that was refused above has changed nothing', async () => {
    const { buyer, seller, conversation, messageId } = scene
    const seen = (await listMessages(buyer, conversation.id)).data
    expect(seen.map(({ id, status }) => ({ id, status }))).toEqual([{ id: messageId, status: 'sent' }])
    for (const person of [buyer, seller]) expect((await listConversations(person)).data).toHaveLength(1)
  })

  test('an outsider hears nothing of what the two do', async () => {
    const { buyer, seller, outsider, conversation: between } = await setScene()
    const listener = await chat.connect(outsider)
    for (const route of Object.values(routes)) {
      await call(route, { ...scene, buyer, seller, conversation: between }, credentials(buyer.session))
    }
    await chat.settled(outsider, listener)
    expect(listener.rest()).toEqual([])
  })
}

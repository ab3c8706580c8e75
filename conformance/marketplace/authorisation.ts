import { beforeAll, describe, expect, test } from 'vitest'
import { errorResponse } from '@parley/wire/marketplace'
import { hide, listConversations, listMessages, send } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { endSession, eraseUser, openSession, putUser } from '../support/host.ts'
import { picture } from '../support/images.ts'
import { credentials, type Person } from '../support/person.ts'
import { exact } from '../support/shape.ts'
import { callRoute, routes, type Route, type Scene } from './routes.ts'
import { bearer, tokenOf } from './tokens.ts'

interface Visitors extends Scene {
  outsider: Person
  other: Person
}

export function authorisation(chat: Chat) {
  let scene: Visitors
  /** Header sets that must not get in, by what is wrong with them. */
  let strangers: Record<string, Record<string, string>>
  /** A right cookie without the right proof that the page itself sent the request. */
  let forgeries: Record<string, Record<string, string>>

  async function setScene(): Promise<Visitors> {
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
    const { buyer: erased } = await chat.pair()
    await eraseUser(chat.server(), erased.id)
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
      'the session of an erased user': credentials(erased.session),
      'the token of an erased user': bearer(tokenOf(erased)),
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

  const call = (route: Route, inScene: Scene, headers: Record<string, string>) =>
    callRoute(chat.server(), route, inScene, headers)

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

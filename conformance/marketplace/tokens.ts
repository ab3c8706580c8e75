import { describe, expect, test } from 'vitest'
import { send } from '../support/acts.ts'
import type { Chat } from '../support/chat.ts'
import { eraseUser } from '../support/host.ts'
import { request } from '../support/http.ts'
import { listen } from '../support/listener.ts'
import { vendorUrl, type Person } from '../support/person.ts'
import { failure } from '../support/shape.ts'
import { jwt } from '../support/tokens.ts'
import { within } from '../support/wait.ts'

export const JWT_SECRETS = [
  'first-secret-of-at-least-32-characters',
  'second-secret-of-at-least-32-characters',
]

const [secret = '', olderSecret = ''] = JWT_SECRETS
const now = () => Math.floor(Date.now() / 1000)
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
/** One that is good for ten minutes. */
export const tokenOf = ({ id }: Person) => jwt(secret, { sub: String(id), exp: now() + 600 })

/** The other way to be somebody: a token that the host application has signed. */
export function tokens(chat: Chat) {
  const unreadCount = (headers: Record<string, string>) =>
    request('GET', vendorUrl(chat.server(), '/conversations/unread-count'), { headers })

  describe('Authorization: Bearer', () => {
    test('takes a JWT of any configured secret, without cookie and CSRF token', async () => {
      const { buyer, seller, conversation } = await chat.pair()
      await send(seller, conversation.id, 'Hello!')
      for (const key of [secret, olderSecret]) {
        const claims = { sub: key === secret ? String(buyer.id) : buyer.id, exp: now() + 60, nbf: now() - 60 }
        const headers = bearer(jwt(key, claims))
        expect((await unreadCount(headers)).body).toEqual({ data: { total_unread: 1 } })
        const url = vendorUrl(chat.server(), `/conversations/${conversation.id}/messages`)
        const reply = await request('POST', url, { headers, json: { text: 'By token' } })
        expect(reply).toMatchObject({ status: 201, body: { data: { sender_id: buyer.id } } })
      }
    })

    test('takes no token that is expired, forged, or names nobody', async () => {
      const sub = String((await chat.person()).id)
      const good = jwt(secret, { sub, exp: now() + 60 })
      const [header, , signature] = good.split('.')
      const payload = jwt(secret, { sub: '1', exp: now() + 60 }).split('.')[1]
      const bad = {
        expired: jwt(secret, { sub, exp: now() - 120 }),
        'not valid yet': jwt(secret, { sub, nbf: now() + 600, exp: now() + 900 }),
        'another secret': jwt('another-secret-of-at-least-32-characters!', { sub, exp: now() + 60 }),
        'no algorithm': jwt(secret, { sub, exp: now() + 60 }, { alg: 'none' }).replace(/[^.]*$/, ''),
        'no user': jwt(secret, { exp: now() + 60 }),
        'a user whose id is no number': jwt(secret, { sub: 'alice', exp: now() + 60 }),
        'a user who does not exist': jwt(secret, { sub: '987654321', exp: now() + 60 }),
        'another user under the old signature': [header, payload, signature].join('.'),
        empty: '',
      }
      const statuses: Record<string, number> = {}
      for (const [what, token] of Object.entries(bad))
        statuses[what] = (await unreadCount(bearer(token))).status
      expect(statuses).toEqual(Object.fromEntries(Object.keys(bad).map((what) => [what, 401])))
      failure(await unreadCount({ authorization: `Basic ${good}` }), 401, 'authentication_error')
    })

    test('opens the socket too, as a header or as the token of the client', async () => {
      const person = await chat.person()
      const token = tokenOf(person)
      for (const [headers, options] of [
        [bearer(token), {}],
        [{}, { token }],
      ] as const) {
        const listener = listen(chat.server().url, headers, String(person.id), options)
        await within(5000, () => 'to be connected by a token', listener.client.ready())
        expect(listener.channel).toBe(`personal:#${person.id}`)
        await listener.close()
      }
    })

    test('keeps a socket open over as many tokens as its client gets', async () => {
      const sub = String((await chat.person()).id)
      const { promise: refreshed, resolve } = Promise.withResolvers<undefined>()
      let asked = 0
      const getToken = async () => {
        if (++asked === 4) resolve(undefined)
        return jwt(secret, { sub, exp: now() + 2 })
      }
      const listener = listen(chat.server().url, {}, sub, { getToken })
      const states: string[] = []
      listener.client.on('state', ({ newState }) => states.push(newState))
      await within(12_000, () => 'the fourth token', refreshed)
      expect(states).toEqual(['connected'])
      expect(listener.subscriptions).toHaveLength(1)
      await listener.close()
    })

    test('that has expired is followed by the next one where the client can get it', async () => {
      const sub = String((await chat.person()).id)
      const token = jwt(secret, { sub, exp: now() - 120 })
      const getToken = async () => jwt(secret, { sub, exp: now() + 600 })
      const listener = listen(chat.server().url, {}, sub, { token, getToken })
      await within(5000, () => 'to be connected by the next token', listener.client.ready())
      await listener.close()
      const stuck = listen(chat.server().url, {}, sub, { token })
      const ending = await within(5000, () => 'a terminal disconnect', stuck.disconnected)
      expect(ending.reason).toBe('unauthorized')
    })

    test.for(['of another user', 'forged'])('%s ends a socket that it should keep open', async (what) => {
      const [person, other] = [await chat.person(), await chat.person()]
      const token = jwt(secret, { sub: String(person.id), exp: now() + 2 })
      const key = what === 'forged' ? 'another-secret-of-at-least-32-characters!' : secret
      const sub = String(what === 'forged' ? person.id : other.id)
      const getToken = async () => jwt(key, { sub, exp: now() + 600 })
      const listener = listen(chat.server().url, {}, String(person.id), { token, getToken })
      await within(5000, () => 'to be connected by the first token', listener.client.ready())
      const ending = await within(8000, () => 'a terminal disconnect', listener.disconnected)
      expect(ending).toEqual({ code: 4501, reason: 'unauthorized' })
    })

    test('is worth nothing from the moment its user is erased, on open sockets as well', async () => {
      const person = await chat.person()
      const headers = bearer(tokenOf(person))
      const listener = listen(chat.server().url, headers, String(person.id))
      await within(5000, () => 'to be connected by a token', listener.client.ready())
      expect((await unreadCount(headers)).status).toBe(200)
      await eraseUser(chat.server(), person.id)
      failure(await unreadCount(headers), 401, 'authentication_error')
      await within(5000, () => 'the socket of the erased user to close for good', listener.disconnected)
    })
  })
}

import type { Me } from '@parley/wire/demo'
import { stringifySetCookie } from 'cookie'
import type { SetCookie } from 'cookie'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { ChatError } from '../core/errors.ts'
import { endSession, openSession } from '../core/sessions.ts'
import type { OpenedSession } from '../core/sessions.ts'
import type { Chat, User } from '../core/types.ts'
import { getUser } from '../core/users.ts'
import { actorOf, authenticate } from '../dialects/marketplace/auth.ts'
import type { Authentication } from '../http/authentication.ts'
import { requireCaller } from '../http/caller.ts'
import { readCookie } from '../http/cookies.ts'
import { everybody } from './content.ts'

export interface SessionOptions {
  chat: Chat
  authentication: Authentication
  sessionCookie: string
}

const SESSION_SECONDS = 7 * 86_400

/** A door that asks nobody for a password. */
export const signingIn: FastifyPluginAsync<SessionOptions> = async (app, { chat, sessionCookie }) => {
  app.get<{ Params: { id: string } }>(
    '/demo/sign-in/:id',
    { exposeHeadRoute: false },
    async ({ params, headers }, reply) => {
      refuseOtherSites(headers['sec-fetch-site'])
      const person = everybody.find(({ id }) => id === params.id)
      if (!person) throw new ChatError('not_found', 'There is no such demo user.')
      const opened = await openSession(chat, person.id, SESSION_SECONDS)
      const { session, csrfToken, expiresAt } = opened
      setCookies(reply, sessionCookie, opened, expiresAt)
      if (!headers.accept?.includes('application/json')) return reply.redirect('/', 303)
      return { session, csrf_token: csrfToken, user: meView(await getUser(chat, person.id)) }
    },
  )
}

/** A link on another site would make its visitors somebody else here. Programs and typed addresses come from none. */
function refuseOtherSites(from: string | string[] | undefined): void {
  if (from === undefined || from === 'same-origin' || from === 'none') return
  throw new ChatError('forbidden', 'Sign in from here, not from another site.')
}

/** What only somebody who is signed in can ask. */
export const signedIn: FastifyPluginAsync<SessionOptions> = async (app, options) => {
  const { chat, authentication, sessionCookie } = options
  requireCaller(app, {
    chat,
    authenticate: (credentials) => authenticate(authentication, credentials),
    actorOf,
  })
  app.get('/demo/me', async ({ caller }) => ({ data: meView(await getUser(chat, caller.userId)) }))
  app.post('/demo/sign-out', async ({ headers }, reply) => {
    await endSession(chat, readCookie(headers.cookie, sessionCookie) ?? '')
    setCookies(reply, sessionCookie, { session: '', csrfToken: '' }, new Date(0))
    return { data: { message: 'You are signed out.' } }
  })
}

/** No `Secure`: the demo is plain http on the loopback. Scripts read the CSRF token, never the session. */
function setCookies(
  reply: FastifyReply,
  name: string,
  { session, csrfToken }: Omit<OpenedSession, 'expiresAt'>,
  expires: Date,
): void {
  const common = { path: '/', sameSite: 'lax', expires } as const
  const cookies: SetCookie[] = [
    { ...common, name, value: session, httpOnly: true },
    { ...common, name: 'CSRF_TOKEN', value: csrfToken },
  ]
  reply.header(
    'set-cookie',
    cookies.map((cookie) => stringifySetCookie(cookie)),
  )
}

const meView = ({ id, displayName, avatarUrl }: User): Me => ({
  id: Number(id),
  display_name: displayName,
  avatar_url: avatarUrl,
})

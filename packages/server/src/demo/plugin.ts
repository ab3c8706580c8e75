import { stringifySetCookie } from 'cookie'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { readFile } from 'node:fs/promises'
import { isLoopback } from '../config.ts'
import { listConversations } from '../core/conversations.ts'
import { ChatError } from '../core/errors.ts'
import { openSession, readSession } from '../core/sessions.ts'
import type { OpenedSession } from '../core/sessions.ts'
import type { Chat } from '../core/types.ts'
import { readCookie } from '../http/cookies.ts'
import { avatarOf } from './avatar.ts'
import { everybody, products } from './content.ts'
import type { Person } from './content.ts'
import { demoPage } from './page.ts'
import type { Visitor } from './page.ts'

export interface DemoOptions {
  chat: Chat
  sessionCookie: string
}

const SESSION_SECONDS = 7 * 86_400
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const PICTURE_POLICY = "default-src 'none'; sandbox"

type ById = { Params: { id: string } }

/** The page of the demo, its pictures, and a door that asks nobody for a password. */
export const demo: FastifyPluginAsync<DemoOptions> = async (app, { chat, sessionCookie }) => {
  app.get('/', async (request, reply) => {
    const visitor = await visitorOf(chat, readCookie(request.headers.cookie, sessionCookie))
    return reply
      .headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(demoPage(app.listeningOrigin, visitor))
  })

  app.get<ById>('/demo/sign-in/:id', { exposeHeadRoute: false }, async (request, reply) => {
    const person = everybody.find(({ id }) => id === request.params.id)
    if (!person) throw new ChatError('not_found', 'There is no such demo user.')
    const opened = await openSession(chat, person.id, SESSION_SECONDS)
    setCookies(reply, sessionCookie, opened)
    reply.header('cache-control', 'no-store')
    return wantsJson(request) ? signedIn(person, opened) : reply.redirect('/', 303)
  })

  app.get('/demo/page.css', async (_request, reply) =>
    reply.type('text/css').send(await readAsset('page.css')),
  )
  app.get('/demo/parley.svg', async (_request, reply) =>
    sendPicture(reply, await readAsset('pictures/parley.svg')),
  )
  for (const { id } of everybody)
    app.get(`/demo/avatars/${id}.svg`, (_request, reply) => sendPicture(reply, avatarOf(id)))
  for (const { id } of products)
    app.get(`/demo/products/${id}.svg`, async (_request, reply) =>
      sendPicture(reply, await readAsset(`pictures/${id}.svg`)),
    )
}

/** A page elsewhere can point a name of its own at this machine, and would then be of one origin with the demo. */
export function refuseOtherNames({ headers }: FastifyRequest): void {
  const name = URL.parse(`http://${headers.host ?? ''}`)?.hostname.replace(/^\[(.*)\]$/, '$1') ?? ''
  if (!isLoopback(name))
    throw new ChatError('forbidden', 'The demo answers at 127.0.0.1 and localhost alone.')
}

async function visitorOf(chat: Chat, cookie: string | undefined): Promise<Visitor | null> {
  const session = cookie === undefined ? null : await readSession(chat, cookie)
  if (!session) return null
  const actor = { userId: session.userId, reach: {} }
  return {
    id: session.userId,
    overviews: await listConversations(chat, actor, { limit: 20 }),
  }
}

/** No `Secure`: the demo is plain http on the loopback. Scripts read the CSRF token, never the session. */
function setCookies(
  reply: FastifyReply,
  name: string,
  { session, csrfToken, expiresAt }: OpenedSession,
): void {
  const common = { path: '/', sameSite: 'lax', expires: expiresAt } as const
  reply.header('set-cookie', [
    stringifySetCookie({ ...common, name, value: session, httpOnly: true }),
    stringifySetCookie({ ...common, name: 'CSRF_TOKEN', value: csrfToken }),
  ])
}

const wantsJson = ({ headers }: FastifyRequest) => headers.accept?.includes('application/json') === true

function signedIn({ id, name }: Person, { session, csrfToken }: OpenedSession) {
  const user = { id: Number(id), display_name: name, avatar_url: `/demo/avatars/${id}.svg` }
  return { session, csrf_token: csrfToken, user }
}

const readAsset = (name: string) => readFile(new URL(name, import.meta.url))

function sendPicture(reply: FastifyReply, picture: string | Buffer) {
  return reply
    .headers({ 'content-security-policy': PICTURE_POLICY, 'cache-control': 'public, max-age=300' })
    .type('image/svg+xml')
    .send(picture)
}

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createCurrentUser, type Sessions } from '../app/entities/user/model/current-user.ts'
import type { Me } from '../app/entities/user/model/user.schema.ts'
import { NetworkError, requestOf, SessionChanged } from '../app/shared/api/client.ts'
import { useTabs } from './support/tab.ts'

const emma: Me = { id: 1, display_name: 'Emma', avatar_url: null }
const oscar: Me = { id: 2, display_name: 'Oscar', avatar_url: null }

const openTab = useTabs()
const page = { cookie: '' }
const signedIn = (token: string) => void (page.cookie = `locale=en; CSRF_TOKEN=${token}`)
beforeEach(() => {
  signedIn('first')
  vi.stubGlobal('document', page)
})
afterEach(() => void vi.unstubAllGlobals())

describe('the requests of a session', () => {
  const sent: Headers[] = []
  const answering = (answer: () => Response) =>
    vi.stubGlobal('fetch', async (_url: string, { headers }: { headers: Headers }) => {
      sent.push(headers)
      return answer()
    })
  const ask = requestOf('first')
  const schema = z.object({ data: z.string() })

  test('have its token, whoever has signed in since', async () => {
    signedIn('second')
    answering(() => Response.json({ error: { code: 'forbidden', message: 'No.' } }, { status: 403 }))
    await expect(ask('POST', '/', schema)).rejects.toThrow(SessionChanged)
    expect(sent.at(-1)?.get('x-csrf-token')).toBe('first')
  })

  test('do not take an answer that may be for somebody else', async () => {
    answering(() => {
      signedIn('second')
      return Response.json({ data: 'for Oscar' })
    })
    await expect(ask('GET', '/', schema)).rejects.toThrow(SessionChanged)
  })

  test('are answered as long as the session lasts', async () => {
    answering(() => Response.json({ data: 'for Emma' }))
    expect(await ask('GET', '/', schema)).toEqual({ data: 'for Emma' })
  })

  test('wait as many seconds as the server says, and no date', async () => {
    const refusing = (retryAfter: string) =>
      answering(() => Response.json({}, { status: 429, headers: { 'retry-after': retryAfter } }))
    refusing('7')
    await expect(ask('GET', '/', schema)).rejects.toMatchObject({ retryAfter: 7 })
    refusing('Wed, 21 Oct 2026 07:28:00 GMT')
    await expect(ask('GET', '/', schema)).rejects.toMatchObject({ retryAfter: null })
  })
})

test('a chat whose session is another by now tells so, and keeps what it was about to send', async () => {
  let told = 0
  const { server, chat, pass } = openTab({ onUnauthorized: () => void (told += 1) })
  const thread = chat.openThread(7)
  thread.send('Hello!')
  server.refuse('POST /api/vendor/conversations/7/messages', new SessionChanged('Oscar is here.'))
  await pass(0)
  expect(told).toBe(1)
  expect(thread.messages.value).toMatchObject([{ state: 'queued' }])
})

describe('the person at this browser', () => {
  beforeEach(() => void vi.useRealTimers())

  /** Sessions whose answers come when a test says so. */
  function sessions() {
    const asked: ((me: Me | null | Error) => void)[] = []
    const all: Sessions = {
      fetchMe: () =>
        new Promise((resolve, reject) =>
          asked.push((me) => (me instanceof Error ? reject(me) : resolve(me))),
        ),
      startSession: async (id) => (id === emma.id ? emma : oscar),
      endSession: async () => undefined,
    }
    return {
      all,
      isAsked: () => asked.length > 0,
      answer: (me: Me | null | Error) => asked.shift()?.(me),
    }
  }

  test('is not taken for the one before by a late answer', async () => {
    const { all, answer } = sessions()
    const current = createCurrentUser(all)
    const loading = current.load()
    await current.signIn(oscar.id)
    answer(emma)
    expect(await loading).toEqual(oscar)
    expect(current.user.value).toEqual(oscar)
  })

  test('is asked for again when the cookies have changed meanwhile', async () => {
    const { all, answer, isAsked } = sessions()
    const current = createCurrentUser(all)
    const loading = current.load()
    signedIn('second')
    answer(emma)
    await vi.waitUntil(isAsked)
    answer(oscar)
    expect(await loading).toEqual(oscar)
  })

  test('is forgotten in a tab as soon as another tab finds somebody else', async () => {
    const here = createCurrentUser(sessions().all)
    await here.signIn(emma.id)
    const { promise, resolve } = Promise.withResolvers<Me | null>()
    const stop = here.onChangeElsewhere(() => resolve(here.user.value))
    const { all, answer } = sessions()
    const there = createCurrentUser(all)
    const loading = there.load()
    answer(oscar)
    await loading
    expect(await promise).toBeNull()
    stop()
  })

  test('stays who it is when the server does not answer', async () => {
    const { all, answer } = sessions()
    const current = createCurrentUser(all)
    await current.signIn(emma.id)
    const loading = current.load()
    answer(new NetworkError('No.'))
    await expect(loading).rejects.toThrow(NetworkError)
    expect(current.user.value).toEqual(emma)
  })
})

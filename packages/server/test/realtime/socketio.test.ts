import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSession } from '../../src/core/sessions.ts'
import { eraseUser } from '../../src/core/users.ts'
import { next, openStage } from './socketio-scene.ts'
import type { ClientOptions, Scene, Stage } from './socketio-scene.ts'

let stage: Stage
let scene: Scene
let trusting: Scene

beforeAll(async () => {
  stage = await openStage()
  scene = await stage.scene()
  trusting = await stage.scene({ trustClientIds: true })
})
afterAll(() => stage.close())

interface Refused extends Error {
  data: { code: string }
}

describe.each(['polling', 'websocket'])('a handshake over %s', (transport) => {
  const transports = [transport]

  it.each(['auth.token', 'a header', '?token=', 'a cookie'])('is let in with %s', async (way) => {
    const userId = await stage.person()
    const [token, cookie] = [await scene.token(userId), await stage.cookie(userId)]
    const ways: Record<string, ClientOptions> = {
      'auth.token': { auth: { token } },
      'a header': { extraHeaders: { authorization: `Bearer ${token}` } },
      '?token=': { query: { token } },
      'a cookie': { extraHeaders: { cookie } },
    }
    const socket = scene.client({ transports, ...ways[way] })
    await next(socket, 'connect')
    expect(await socket.emitWithAck('who-am-i')).toEqual({ success: true, userId })
  })

  it.each([
    [{}, 'Sign in first.'],
    [{ auth: { token: 'no.such.token' } }, 'The token is not valid.'],
    [{ auth: { token: 'two words' } }, 'The token is not valid.'],
    [{ auth: { token: { toString: true } } }, 'The token must be a string.'],
    [{ query: { token: 'no.such.token' } }, 'The token is not valid.'],
    [{ extraHeaders: { cookie: 'SESSION=none' } }, 'Your session has ended.'],
  ])('is refused with %j', async (options, message) => {
    const socket = scene.client({ transports, ...options })
    const refused = await next<Refused>(socket, 'connect_error')
    expect(refused).toMatchObject({ message, data: { code: 'unauthenticated' } })
    expect(socket.active).toBe(false)
  })

  it('is refused with a token that has expired', async () => {
    const socket = scene.client({ transports, auth: { token: await scene.token(await stage.person(), -1) } })
    expect((await next<Refused>(socket, 'connect_error')).message).toBe('The token has expired.')
  })

  it('is refused to pages of others, and let in from allowed ones', async () => {
    const userId = await stage.person()
    const from = (origin: string) => ({ transports, extraHeaders: { origin }, reconnection: false })
    const foreign = scene.client({
      ...from('https://evil.example'),
      auth: { token: await scene.token(userId) },
    })
    await next(foreign, 'connect_error')
    for (const origin of ['https://shop.example', scene.url]) await scene.connect(userId, from(origin))
  })
})

it('is refused to scripts of others, which could read what JSONP answers', async () => {
  const reply = await fetch(`${scene.url}/socket.io/?EIO=4&transport=polling&j=0`)
  expect(reply.status).toBe(403)
})

it('passes polling through what holds for every request', async () => {
  const reply = await fetch(`${scene.url}/socket.io/?EIO=4&transport=polling`)
  expect(reply.headers.get('x-test')).toBe('asked')
  expect(await reply.text()).toMatch(/^0\{"sid"/)
})

describe('a client that is trusted', () => {
  it('is whoever it names first, known or not, and nobody else from then on', async () => {
    const socket = trusting.client()
    await next(socket, 'connect')
    expect(await socket.emitWithAck('who-am-i')).toEqual({ success: false, error: 'Say who you are first.' })
    const me = 'somebody-new'
    expect(await socket.emitWithAck('who-am-i', me)).toEqual({ success: true, userId: me })
    expect(await socket.emitWithAck('who-am-i')).toEqual({ success: true, userId: me })
    expect(await socket.emitWithAck('who-am-i', 'somebody-else')).toMatchObject({ success: false })
  })

  it('is believed nothing that its token does not say', async () => {
    const userId = await stage.person()
    const socket = await trusting.connect(userId)
    expect(await socket.emitWithAck('who-am-i', 'somebody-else')).toMatchObject({ success: false })
    const false_ = trusting.client({ auth: { token: 'no.such.token' } })
    await next(false_, 'connect_error')
  })

  it('cannot be somebody who was erased', async () => {
    const userId = await stage.person()
    await eraseUser(stage.chat, userId, 'keep')
    const socket = trusting.client()
    await next(socket, 'connect')
    expect(await socket.emitWithAck('who-am-i', userId)).toEqual({
      success: false,
      error: 'There is no such user.',
    })
  })
})

describe('a connection ends', () => {
  it('when its token does, and comes back with another', async () => {
    const userId = await stage.person()
    const comeAndGo = async (transport: string) => {
      let asked = 0
      const auth = (give: (auth: object) => void) =>
        void scene.token(userId, asked++ === 0 ? 2 : 60).then((token) => give({ token }))
      const socket = scene.client({ transports: [transport], auth })
      await next(socket, 'connect')
      expect(await next(socket, 'disconnect')).toBe('transport close')
      await next(socket, 'connect')
      expect(await socket.emitWithAck('who-am-i')).toEqual({ success: true, userId })
      expect(asked).toBe(2)
    }
    await Promise.all(['polling', 'websocket'].map(comeAndGo))
  })

  it('when its session does, and stays away; those of other sessions live on', async () => {
    const userId = await stage.person()
    const [one, other] = [await stage.cookie(userId), await stage.cookie(userId)]
    const ending = scene.client({ extraHeaders: { cookie: one } })
    const staying = scene.client({ extraHeaders: { cookie: other } })
    await Promise.all([next(ending, 'connect'), next(staying, 'connect')])
    const gone = next(ending, 'disconnect')
    await endSession(stage.chat, one.replace('SESSION=', ''))
    expect(await gone).toBe('io server disconnect')
    expect(ending.active).toBe(false)
    expect(await staying.emitWithAck('who-am-i')).toEqual({ success: true, userId })
  })

  it('when its user is erased, whatever it was opened with', async () => {
    const userId = await stage.person()
    const byCookie = scene.client({ extraHeaders: { cookie: await stage.cookie(userId) } })
    await next(byCookie, 'connect')
    const byToken = await scene.connect(userId)
    const gone = Promise.all([next(byCookie, 'disconnect'), next(byToken, 'disconnect')])
    await eraseUser(stage.chat, userId, 'keep')
    expect(await gone).toEqual(['io server disconnect', 'io server disconnect'])
  })

  it('when its session ended while it was being opened', async () => {
    const userId = await stage.person()
    const cookie = await stage.cookie(userId)
    const slow = await stage.scene({
      authentication: {
        async authenticate(credentials) {
          const found = await stage.authentication.authenticate(credentials)
          await endSession(stage.chat, cookie.replace('SESSION=', ''))
          return found
        },
      },
    })
    const socket = slow.client({ extraHeaders: { cookie } })
    expect(await next(socket, 'disconnect')).toBe('io server disconnect')
  })

  it.each(['polling', 'websocket'])(
    'when the server stops, and wants to come back (%s)',
    async (transport) => {
      const stopping = await stage.scene()
      const socket = await stopping.connect(await stage.person(), { transports: [transport] })
      const gone = next<string>(socket, 'disconnect')
      await stopping.stop({ keepClients: true })
      expect(await gone).toMatch(/^transport (close|error)$/)
      expect(socket.active).toBe(true)
      socket.disconnect()
    },
  )
})

it('tells a connection once, whichever of its rooms an event is for, and no more once it is put out', async () => {
  const userId = await stage.person()
  const [inBoth, inOne] = [await scene.connect(userId), await scene.connect(userId)]
  for (const socket of [inBoth, inOne]) await socket.emitWithAck('join', 'room-1')
  await inBoth.emitWithAck('join', 'all')
  const heard: string[] = []
  inBoth.on('typing', (who) => heard.push(`in both: ${who}`))
  inOne.on('typing', (who) => heard.push(`in one: ${who}`))
  const about = { conversationId: 1, kind: null, subjectType: null, org: null }
  scene.deliver({ type: 'typing', userId: 'first', isTyping: true, ...about })
  const removal = { by: userId, heir: null, position: 1, changeSeq: 1 }
  scene.deliver({ type: 'member.removed', userId, ...removal, ...about })
  scene.deliver({ type: 'typing', userId: 'second', isTyping: true, ...about })
  for (const socket of [inBoth, inOne]) await socket.emitWithAck('say')
  expect(heard.sort()).toEqual(['in both: first', 'in both: second', 'in one: first'])
})

it.each(['polling', 'websocket'])(
  'tells a connection in order what is for it alone and what is for others too (%s)',
  async (transport) => {
    const socket = await scene.connect(await stage.person(), { transports: [transport] })
    await socket.emitWithAck('join', 'room-2')
    const heard: string[] = []
    socket.on('typing', (who: string) => heard.push(who))
    const about = { conversationId: 2, kind: null, subjectType: null, org: null }
    for (const userId of ['1', '3', '5']) {
      scene.deliver({ type: 'status', userId, status: 'online' })
      scene.deliver({ type: 'typing', userId: `${userId}, to all`, isTyping: true, ...about })
    }
    await socket.emitWithAck('say')
    expect(heard).toEqual(['1', '1, to all', '3', '3, to all', '5', '5, to all'])
  },
)

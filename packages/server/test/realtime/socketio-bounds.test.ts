import { fc, it as check } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { io } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import { setImmediate as turn } from 'node:timers/promises'
import { inTurn } from '../../src/realtime/transports/socketio-turns.ts'
import { next, openStage } from './socketio-scene.ts'
import type { Scene, Stage } from './socketio-scene.ts'

let stage: Stage
let scene: Scene
let userId: string

beforeAll(async () => {
  stage = await openStage()
  scene = await stage.scene()
  userId = await stage.person()
})
afterAll(() => stage.close())

interface Refusal {
  message: string
  code: string
  event: string
}

describe('whatever a client sends', () => {
  let socket: Socket
  let id: string | undefined
  beforeAll(async () => {
    socket = await scene.connect(userId)
    id = socket.id
  })

  const binary = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))
  const anything = fc.oneof(fc.jsonValue(), binary, fc.record({ nested: binary }))
  const event = fc.oneof(
    fc.constantFrom('say', 'join', 'refuse', 'error', '__proto__', 'constructor', 'toString', 'message'),
    fc.string(),
  )

  check.prop([event, fc.array(anything, { maxLength: 5 }), fc.boolean()], { numRuns: 300 })(
    'is answered, and the connection lives on',
    async (name, args, isAcknowledged) => {
      const reserved = [
        'connect',
        'connect_error',
        'disconnect',
        'disconnecting',
        'newListener',
        'removeListener',
      ]
      fc.pre(!reserved.includes(name) && name !== 'wait')
      if (isAcknowledged) expect(await socket.emitWithAck(name, ...args)).toHaveProperty('success')
      else socket.emit(name, ...args)
      expect(await socket.emitWithAck('say', 'alive')).toEqual({ success: true, said: ['alive'] })
      expect(socket.id).toBe(id)
    },
  )

  it('is named in the refusal', async () => {
    socket.emit('no-such-event', {})
    expect(await next<Refusal>(socket, 'error')).toEqual({
      message: 'There is no such event.',
      code: 'not_found',
      event: 'no-such-event',
    })
    expect(await socket.emitWithAck('refuse')).toEqual({ success: false, error: 'Not now.' })
  })

  it('learns nothing of a fault of ours, which is reported', async () => {
    expect(await socket.emitWithAck('fail')).toEqual({ success: false, error: 'Failed' })
    expect(scene.faults.splice(0)).toEqual([new Error('a secret')])
  })

  it('costs who breaks the protocol the connection, and nobody else', async () => {
    for (const packet of ['9', '2', '41/', '451-["say",{"_placeholder":true,"num":7}]', '0{}', '42{}', '{']) {
      const rude = await scene.connect(userId, { reconnection: false })
      const gone = next(rude, 'disconnect')
      rude.io.engine.write(packet)
      if (packet.startsWith('45')) rude.io.engine.write(Buffer.from('x'))
      rude.io.engine.write('0')
      await gone
    }
    expect(await socket.emitWithAck('say')).toEqual({ success: true, said: [] })
  })
})

describe('a connection is bounded', () => {
  it.each(['polling', 'websocket'])('in what comes at once (%s)', async (transport) => {
    const socket = await scene.connect(userId, { transports: [transport] })
    const gone = next(socket, 'disconnect')
    socket.emit('say', 'x'.repeat(128 * 1024))
    await gone
    await next(socket, 'connect')
    expect(await socket.emitWithAck('say')).toEqual({ success: true, said: [] })
  })

  it('in how often', async () => {
    const limited = await stage.scene({ rateLimit: 3 })
    const [socket, other] = [await limited.connect(userId), await limited.connect(userId)]
    for (const one of [socket, other, socket]) await one.emitWithAck('say')
    for (const one of [socket, other]) {
      const refused = next<Refusal>(one, 'error')
      expect(await one.emitWithAck('say')).toEqual({
        success: false,
        error: 'Too many requests. Try again later.',
      })
      expect(await refused).toMatchObject({ code: 'rate_limited', event: 'say' })
    }
    const somebody = await limited.connect(await stage.person())
    expect(await somebody.emitWithAck('say')).toMatchObject({ success: true })
  })

  it('in its rooms', async () => {
    const socket = await scene.connect(userId)
    const joined = await Promise.all(
      Array.from({ length: 500 }, (_, i) => socket.emitWithAck('join', `room ${i}`) as Promise<object>),
    )
    expect(joined[400]).toEqual({ success: true })
    expect(joined[499]).toMatchObject({ success: false })
    expect(await socket.emitWithAck('join', 'room 0')).toEqual({ success: true })
  })

  it('in what waits to be dealt with, which keeps its order', async () => {
    const socket = await scene.connect(userId)
    const answers: string[] = []
    const waiting = socket.emitWithAck('wait').then(() => answers.push('first'))
    const saying = Array.from({ length: 20 }, (_, i) =>
      socket.emitWithAck('say', i, 'x'.repeat(100_000)).then((answer: { success: boolean }) => {
        answers.push(answer.success ? `said ${i}` : 'refused')
        return answer.success
      }),
    )
    const refused = next<Refusal>(socket, 'error')
    expect(await refused).toMatchObject({ event: 'say' })
    scene.open()
    await waiting
    const said = await Promise.all(saying)
    expect(said.slice(0, 8)).not.toContain(false)
    expect(said).toContain(false)
    const inTurn = answers.filter((answer) => answer !== 'refused')
    expect(inTurn).toEqual(['first', ...said.flatMap((isSaid, i) => (isSaid ? [`said ${i}`] : []))])
  })

  const about = { conversationId: 1, isTyping: true, kind: null, subjectType: null, org: null }
  const typing = (id: string) => ({ type: 'typing' as const, userId: id, ...about })

  const flood = async (room: string): Promise<void> => {
    while (!scene.closed.has(room)) {
      scene.deliver(typing('x'.repeat(100_000)))
      await turn()
    }
  }

  it('in what waits for a client that does not read (websocket)', async () => {
    const socket = await scene.connect(userId)
    for (const room of ['all', 'deaf']) await socket.emitWithAck('join', room)
    const { ws } = socket.io.engine.transport as unknown as {
      ws: { _socket: { pause(): void; resume(): void } }
    }
    ws._socket.pause()
    await flood('deaf')
    ws._socket.resume()
    await next(socket, 'connect')
    expect(await socket.emitWithAck('say')).toEqual({ success: true, said: [] })
  })

  it('in what waits for a client that does not ask (polling)', async () => {
    const url = `${scene.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string }
    const post = (body: string) => fetch(`${url}&sid=${sid}`, { method: 'POST', body })
    await post(`40${JSON.stringify({ token: await scene.token(userId) })}`)
    expect(await (await fetch(`${url}&sid=${sid}`)).text()).toMatch(/^40\{"sid"/)
    for (const room of ['all', 'absent']) await post(`42${JSON.stringify(['join', room])}`)
    await flood('absent')
    expect((await fetch(`${url}&sid=${sid}`)).status).toBe(400)
  })

  it.each(['polling', 'websocket'])('but not in what it is sent at once (%s)', async (transport) => {
    const socket = await scene.connect(userId, { transports: [transport] })
    await socket.emitWithAck('join', 'all')
    const heard = next<string>(socket, 'typing')
    const { id } = socket
    scene.deliver(typing('x'.repeat(3 * 1024 * 1024)))
    expect(await heard).toHaveLength(3 * 1024 * 1024)
    expect(await socket.emitWithAck('say')).toEqual({ success: true, said: [] })
    expect(socket.id).toBe(id)
  })

  it('in its handshakes', async () => {
    const socket = io(scene.url, { forceNew: true, autoConnect: false, transports: ['websocket'] })
    const { promise, resolve } = Promise.withResolvers<string>()
    socket.io.on('open', () => {
      for (let i = 0; i < 5; i++) socket.io.engine.write('0{"token":"no.such.token"}')
      socket.io.engine.once('close', resolve)
    })
    socket.io.reconnection(false)
    socket.io.open()
    expect(await promise).toBe('transport close')
  })
})

describe('calls in turn', () => {
  it('wait for the one before, whether it fails or not', async () => {
    const faults: unknown[] = []
    const made: number[] = []
    const gates = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    const call = inTurn(
      (n: number) => {
        made.push(n)
        if (n === 3) throw new Error('at once')
        return gates[n]?.promise
      },
      (error) => faults.push(error),
    )
    for (const n of [2, 0, 1, 3, 4]) call(n)
    expect(made).toEqual([2, 0])
    gates[0]?.reject(new Error('later'))
    gates[1]?.resolve(undefined)
    await expect.poll(() => made).toEqual([2, 0, 1, 3, 4])
    await expect.poll(() => faults).toEqual([new Error('later'), new Error('at once')])
    call(3)
    expect(made).toEqual([2, 0, 1, 3, 4, 3])
    expect(faults).toHaveLength(3)
  })
})

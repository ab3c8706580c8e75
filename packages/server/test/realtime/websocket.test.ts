import { fc } from '@fast-check/vitest'
import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSession } from '../../src/core/sessions.ts'
import { eraseUser } from '../../src/core/users.ts'
import { refusedUpgrade } from '../support/frames.ts'
import { openStage } from './websocket-scene.ts'
import type { Frames, Scene, Stage } from './websocket-scene.ts'

let stage: Stage
let scene: Scene
let userId: string

beforeAll(async () => {
  stage = await openStage()
  scene = await stage.scene()
  userId = await stage.person()
})
afterAll(() => stage.close())

const cameOnline = (userId: string) => ({
  type: 'presence' as const,
  userId,
  online: true,
  lastSeenAt: null,
  sharing: 'pair' as const,
})

async function expectAlive(client: Frames): Promise<void> {
  client.say('"alive"')
  expect(await client.next()).toEqual({ said: 'alive' })
}

/** A client that knows nothing of WebSocket but how to begin, which it has done. */
async function rawClient(url = scene.url): Promise<net.Socket> {
  const token = await stage.token(userId)
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    `GET /frames HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n` +
      `Authorization: Bearer ${token}\r\n\r\n`,
  )
  return socket
}

describe('a handshake', () => {
  it('that is refused is answered in words', async () => {
    expect(await refusedUpgrade(scene.url)).toEqual({
      status: 401,
      body: { error: { code: 'unauthorized', message: 'Sign in first.' } },
    })
  })

  it('is refused to pages of others, and let in from allowed ones', async () => {
    const foreign = await refusedUpgrade(scene.url, { origin: 'https://evil.example' })
    expect(foreign).toMatchObject({ status: 403, body: { error: { code: 'forbidden' } } })
    for (const origin of ['https://shop.example', scene.url.replace('ws:', 'http:')])
      await expectAlive(await scene.connect(userId, { origin }))
  })

  it('tells nothing of a fault of ours, which is reported', async () => {
    const refused = await refusedUpgrade(`${scene.url}?fail`)
    expect(refused).toMatchObject({ status: 500, body: { error: { code: 'internal' } } })
    expect(scene.faults.splice(0)).toEqual([new Error('a secret')])
  })

  it('may be broken off', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await rawClient()
      socket.resetAndDestroy()
      await once(socket, 'close')
    }
    await expectAlive(await scene.connect(userId))
  })

  it('is refused while the server closes', async () => {
    const closing = await stage.scene()
    const gone = closing.sockets.close()
    expect(await refusedUpgrade(closing.url)).toMatchObject({ status: 503 })
    await gone
  })
})

describe('whatever a client sends', () => {
  it('is answered, and the connection lives on', async () => {
    const client = await scene.connect(userId)
    const frame = fc.oneof(fc.json(), fc.string(), fc.uint8Array({ maxLength: 50 }))
    await fc.assert(
      fc.asyncProperty(frame, async (frame) => {
        fc.pre(frame !== '"fail"')
        client.ws.send(frame)
        expect(Object.keys(await client.next())).toHaveLength(1)
      }),
      { numRuns: 300 },
    )
    await expectAlive(client)
  })

  it('is no text where it is binary', async () => {
    const client = await scene.connect(userId)
    client.ws.send(Buffer.from('"alive"'))
    expect(await client.next()).toEqual({ complaint: 'Not JSON.' })
    await expectAlive(client)
  })

  it('learns nothing of a fault of ours, which is reported', async () => {
    const client = await scene.connect(userId)
    client.say('"fail"')
    expect(await client.next()).toEqual({ complaint: null })
    expect(scene.faults.splice(0)).toEqual([new Error('a secret')])
  })

  it('costs who breaks the protocol the connection, and nobody else', async () => {
    const witness = await scene.connect(userId)
    const rude = await rawClient()
    await once(rude, 'data')
    // Not masked, as frames of clients must be.
    rude.write(Buffer.from([0x81, 0x01, 0x31]))
    await once(rude.resume(), 'close')
    await expectAlive(witness)
  })
})

describe('a connection is bounded', () => {
  it('in the size of a frame', async () => {
    const client = await scene.connect(userId)
    client.say('x'.repeat(64 * 1024))
    expect(await client.next()).toEqual({ complaint: 'Not JSON.' })
    client.say('x'.repeat(64 * 1024 + 1))
    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  it('in how much it may say', async () => {
    const limited = await stage.scene({ rateLimit: 3 })
    const [client, other] = [await limited.connect(userId), await limited.connect(userId)]
    for (const each of [client, other, client]) await expectAlive(each)
    for (const each of [client, other]) {
      each.say('"alive"')
      expect(await each.next()).toEqual({ complaint: 'Too many requests. Try again later.' })
    }
    await expectAlive(await limited.connect(await stage.person()))
  })

  it('in what waits for a client that does not read', async () => {
    const scene = await stage.scene({ patienceMs: 60_000 })
    const deaf = await scene.connect(userId)
    deaf.ws.pause()
    const event = cameOnline('x'.repeat(100_000))
    for (let sent = 0; sent < 200; sent++) {
      scene.sockets.deliver(event, [userId])
      await turn()
    }
    deaf.ws.resume()
    expect(await deaf.closed).toEqual({ code: 1013, reason: 'Too much waits to be read.' })
    await expectAlive(await scene.connect(userId))
  })
})

describe('what is delivered', () => {
  it('goes to every connection of those whom it concerns that wants it', async () => {
    const [one, other] = [await stage.person(), await stage.person()]
    const clients = [await scene.connect(one), await scene.connect(one), await scene.connect(other)]
    scene.sockets.deliver(cameOnline('somebody'), [one, 'nobody'])
    scene.sockets.deliver(cameOnline(other), [one, other])
    const heard = [{ about: 'somebody' }, { about: other }]
    for (const [i, client] of clients.entries()) {
      for (const frame of i < 2 ? heard : []) expect(await client.next()).toEqual(frame)
      await expectAlive(client)
    }
  })

  it('comes to who reads, however much it is in one turn', async () => {
    const client = await scene.connect(userId)
    const events = Array.from({ length: 120 }, (_, n) => cameOnline(String(n).padStart(10_000)))
    for (const event of events) scene.sockets.deliver(event, [userId])
    for (const event of events) expect(await client.next()).toEqual({ about: event.userId })
    await expectAlive(client)
  })

  it('comes whole, whatever its length', async () => {
    const client = await scene.connect(userId)
    // On either side of where WebSocket writes lengths in another way.
    for (const length of [125, 126, 65_535, 65_536]) {
      const said = 'x'.repeat(length - '{"said":""}'.length)
      client.say(JSON.stringify(said))
      expect(await client.next()).toEqual({ said })
    }
  })

  it('does not stop with what cannot be', () => {
    const nothing = { conversationId: 1, userId, isTyping: true, kind: null, subjectType: null, org: null }
    scene.sockets.deliver({ type: 'typing', ...nothing }, [userId])
    expect(scene.faults.splice(0)).toEqual([new Error('not encoded')])
  })
})

describe('presence', () => {
  it('begins with the first connection of a user and ends with the last', async () => {
    const scene = await stage.scene()
    const clients = [await scene.connect(userId), await scene.connect(userId)]
    expect(scene.presence).toEqual([[userId, true]])
    clients[0]?.ws.close()
    await clients[0]?.closed
    await expectAlive(await scene.connect(await stage.person()))
    expect(scene.presence.filter(([id]) => id === userId)).toEqual([[userId, true]])
    clients[1]?.ws.close()
    await expect.poll(() => scene.presence.at(-1)).toEqual([userId, false])
  })

  it('ends for a client that sends nothing, which stays connected, and begins again when it does', async () => {
    const scene = await stage.scene({ presenceMs: 20 })
    const client = await scene.connect(userId)
    await expect
      .poll(() => scene.presence)
      .toEqual([
        [userId, true],
        [userId, false],
      ])
    scene.sockets.deliver(cameOnline('somebody'), [userId])
    expect(await client.next()).toEqual({ about: 'somebody' })
    await expectAlive(client)
    await expect
      .poll(() => scene.presence.slice(2, 4))
      .toEqual([
        [userId, true],
        [userId, false],
      ])
    client.ws.close()
    await client.closed
    expect(scene.presence).toHaveLength(4)
  })
})

describe('a connection ends', () => {
  it('when nobody answers at the other end any more', async () => {
    const scene = await stage.scene({ heartbeatMs: 300 })
    const client = await scene.connect(userId)
    const silent = await rawClient(scene.url)
    await once(silent.resume(), 'close')
    await expectAlive(client)
  })

  it('when its token does', async () => {
    const headers = { authorization: `Bearer ${await stage.token(userId, 2)}` }
    const client = await scene.connect(userId, { headers })
    expect(await client.closed).toEqual({ code: 4401, reason: 'Sign in again.' })
  })

  it('when its session does; those of other sessions live on', async () => {
    const [one, other] = [await stage.cookie(userId), await stage.cookie(userId)]
    const by = (cookie: string) => scene.connect(userId, { headers: { authorization: '', cookie } })
    const [ending, staying] = [await by(one), await by(other)]
    await endSession(stage.chat, one.slice(one.indexOf('=') + 1))
    expect(await ending.closed).toMatchObject({ code: 4401 })
    await expectAlive(staying)
  })

  it('when its user is erased', async () => {
    const user = await stage.person()
    const client = await scene.connect(user)
    await eraseUser(stage.chat, user, 'keep')
    expect(await client.closed).toMatchObject({ code: 4401 })
  })

  it('when the server closes, so that clients come back', async () => {
    const closing = await stage.scene()
    const client = await closing.connect(userId)
    await closing.stop()
    expect(await client.closed).toEqual({ code: 1012, reason: 'The server restarts.' })
  })

  it('then, even where the client does not say good-bye', async () => {
    const closing = await stage.scene({ patienceMs: 20 })
    const client = await closing.connect(userId)
    client.ws.pause()
    await closing.stop()
    client.ws.resume()
    await client.closed
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { freshStore } from '../support/databases.ts'
import { newActor, next, openScene } from './socketio-scene.ts'
import type { Scene } from './socketio-scene.ts'

let scene: Scene
let db: Database
let drop: () => Promise<void>

beforeAll(async () => {
  const store = await freshStore('embedded')
  drop = store.drop
  db = (await openDatabase({ ...store, onError: (error) => void expect.unreachable(String(error)) })).db
  scene = await openScene(db)
})
afterAll(async () => {
  await scene.stop()
  await db.close()
  await drop()
})

describe.each(['polling', 'websocket'])('over %s', (transport) => {
  it('lets a user in with a token, and answers', async () => {
    const { userId } = await newActor(scene.chat)
    const socket = scene.client({ transports: [transport], auth: { token: await scene.token(userId) } })
    socket.connect()
    await next(socket, 'connect')
    expect(await socket.emitWithAck('who-am-i')).toEqual({ success: true, userId })
  })
})

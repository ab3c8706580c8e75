import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDirect } from '../../src/core/direct.ts'
import type { Actor, Chat } from '../../src/core/types.ts'
import type { Database } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { newActor, newConversation } from '../support/chat.ts'
import { freshStore } from '../support/databases.ts'
import type { FreshStore } from '../support/databases.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'
import { hs256 } from '../tokens.ts'

let store: FreshStore
let db: Database
let workspace: Workspace
let chat: Chat
let port: number

beforeAll(async () => {
  store = await freshStore('embedded')
  db = (await openDatabase({ ...store, onError: (fault) => expect.unreachable(String(fault)) })).db
  workspace = await openWorkspace(db)
  const { app } = workspace.server
  await app.listen({ port: 0, host: '127.0.0.1' })
  port = (app.server.address() as AddressInfo).port
  chat = workspace.server.chat
})
afterAll(async () => {
  await workspace.close()
  await db.close()
  await store.drop()
})

/** Has the database keep its answers to itself until `release` is called. */
function holdAnswers() {
  const asked = Promise.withResolvers<undefined>()
  const held = Promise.withResolvers<undefined>()
  async function query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    asked.resolve(undefined)
    await held.promise
    return db.query<Row>(text, params)
  }
  chat.db = { ...db, query }
  return {
    asked: asked.promise,
    release() {
      chat.db = db
      held.resolve(undefined)
    },
  }
}

async function directChat(one: Actor, other: Actor): Promise<string> {
  const { overview } = await openDirect(chat, { ...one, reach: {} }, other.userId)
  return `/api/chat/${overview.conversation.id}/messages/file`
}

const aboutProduct = async (one: Actor, other: Actor) =>
  `/api/vendor/conversations/${await newConversation(chat, one, other)}/messages/image`

it.each([
  ['rooms', directChat, 'file', 201],
  ['marketplace', aboutProduct, 'image', 422],
] as const)('are in nobody’s way (%s)', async (_, open, field, status) => {
  const [one, other] = [await newActor(chat), await newActor(chat)]
  const url = await open(one, other)
  const authorization = `Bearer ${await hs256({ sub: one.userId, exp: Date.now() / 1000 + 60 })}`
  const headers = { authorization, 'content-type': 'multipart/form-data; boundary=a' }
  const beginning = `--a\r\nContent-Disposition: form-data; name="${field}"; filename="a.txt"\r\n\r\ntext`
  const payload = `${beginning}\r\n--a--\r\n`
  const send = () => workspace.server.app.inject({ method: 'POST', url, headers, payload })
  await send()

  // As many as one user may send at once.
  for (let n = 0; n < 2; n++) {
    const { asked, release } = holdAnswers()
    const accepted = once(workspace.server.app.server, 'connection') as Promise<[Socket]>
    const client = connect(port, '127.0.0.1')
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    client.write(
      `POST ${url} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n${lines.join('')}\r\n${beginning}`,
    )
    const [connection] = await accepted
    await asked
    const gone = new Promise((resolve) => connection.once('close', resolve))
    client.destroy()
    await gone
    release()
  }

  expect((await send()).statusCode).toBe(status)
})

import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import vm from 'node:vm'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { addMembers, leaveConversation } from '../../src/core/members.ts'
import type { Actor, ConversationId } from '../../src/core/types.ts'
import { putUser } from '../../src/core/users.ts'
import { newPlace, say } from '../core/workspace-scene.ts'
import { eachStore } from '../support/databases.ts'
import { masked, readPage } from '../support/docs.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'

const SECRET = 'what Parley and its receivers know'
const TOKEN = 'the-secret-of-the-host-in-this-test'

interface Webhook {
  id: string
  type: string
  payload: { message_id?: string; user_id?: string; message?: { message_id: string } }
}

const page = readPage('webhooks')
const [, program = ''] = /```js\n(.*?)```/s.exec(page) ?? []
const samples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => JSON.parse(json) as Webhook)

/** But for what is another id or time each time. */
const shown = (webhook: Webhook) => masked({ ...webhook, id: 'id' })

eachStore('docs/webhooks.md', (database) => {
  let workspace: Workspace
  let receiver: http.Server
  let url: string
  let id: ConversationId
  const received: Webhook[] = []
  const printed: string[] = []
  const person = (userId: string): Actor => ({ userId, reach: { org: 'acme' } })
  const [anna, paul, kim] = [person('anna'), person('paul'), person('kim')]

  /** The receiver of the page, and what reaches it. */
  function runReceiver(): http.Server {
    return vm.runInNewContext(`${program.replace(/^import .*$/gm, '')}\n;server`, {
      createServer: (answer: http.RequestListener) => http.createServer(answer).on('request', record),
      ...{ createHmac, timingSafeEqual, buffer, Buffer },
      process: { env: { PARLEY_WEBHOOK_SECRET: SECRET } },
      console: { log: (line: string) => printed.push(line) },
    }) as http.Server
  }

  function record(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('finish', () => {
      if (response.statusCode === 204) received.push(JSON.parse(Buffer.concat(chunks).toString()) as Webhook)
    })
  }

  const open = async () => {
    workspace = await openWorkspace(database(), {
      PARLEY_HOST_TOKEN: TOKEN,
      PARLEY_WEBHOOK_URLS: `${url}/chat-events`,
      PARLEY_WEBHOOK_SECRET: SECRET,
      PARLEY_WEBHOOK_ALLOW_PRIVATE: 'true',
    })
  }

  beforeAll(async () => {
    receiver = runReceiver()
    if (!receiver.listening) await once(receiver, 'listening')
    const { port } = receiver.address() as AddressInfo // it listens on TCP
    url = `http://127.0.0.1:${port}`
    await open()
    for (const { userId } of [anna, paul, kim]) {
      const profile = { displayName: userId, avatarUrl: null, role: 'user' as const, orgId: 'acme' }
      await putUser(workspace.server.chat, { id: userId, ...profile })
    }
    id = await newPlace(workspace.server.chat, anna, { members: [paul] })
  })
  afterAll(async () => {
    await workspace.close()
    receiver.closeAllConnections()
    receiver.close()
  })

  const arrived = (count: number) =>
    vi.waitFor(() => expect(received).toHaveLength(count), { timeout: 10_000 })

  /** Whoever follows the log is at its end. */
  async function followed(): Promise<void> {
    const { db } = workspace.server.chat
    const open = `select position from events where position is null
      union all select position from log_consumers, event_log where enabled and position < head`
    await vi.waitFor(async () => expect(await db.query(open)).toEqual([]), { timeout: 20_000 })
  }

  it('shows what its receiver gets', async () => {
    const { chat } = workspace.server
    await say(chat, anna, id, 'Fish & chips?')
    await arrived(2)
    await addMembers(chat, anna, id, [kim.userId])
    await arrived(3)
    await leaveConversation(chat, paul, id)
    await arrived(4)
    const got = new Map(received.map((webhook) => [webhook.type, webhook]))
    for (const sample of samples) expect(shown(got.get(sample.type) ?? expect.fail())).toEqual(shown(sample))
    expect(got.get('participant.left')?.payload).toMatchObject({ user_id: 'paul' })
    expect(samples.map(({ type }) => type)).toEqual([
      'message.new',
      'participant.joined',
      'notification.pending',
    ])
    expect(printed).toEqual(['To paul: Fish & chips?'])
  })

  it('shows a receiver that refuses what Parley did not sign, and does nothing twice', async () => {
    const body = JSON.stringify({ ...received.find(({ type }) => type === 'notification.pending') })
    const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    const post = async (headers: Record<string, string>) =>
      (await fetch(url, { method: 'POST', body, headers })).status
    expect(await post({})).toBe(401)
    expect(await post({ 'x-webhook-signature': sign('another secret') })).toBe(401)
    expect(await post({ 'x-webhook-signature': sign(SECRET) })).toBe(204)
    expect(printed).toHaveLength(1)
  })

  it('tells nobody by webhook who is connected, and nothing by the host API', async () => {
    const { chat, app } = { ...workspace.server }
    chat.presence.connected(kim.userId)
    received.length = 0
    await say(chat, anna, id, 'Kim?')
    await followed()
    chat.presence.disconnected(kim.userId)
    const next = await say(chat, anna, id, 'Kim!')
    await arrived(3)
    const notified = received.flatMap(({ payload }) => payload.message?.message_id ?? [])
    expect(notified).toEqual([String(next.id)])
    const reply = await app.inject({
      method: 'POST',
      url: '/host/notifications/take',
      headers: { authorization: `Bearer ${TOKEN}` },
    })
    expect(reply.json()).toEqual({ data: [] })
  })

  it('loses nothing that was written just before the server stopped', async () => {
    received.length = 0
    const last = await say(workspace.server.chat, anna, id, 'Good night')
    await workspace.close()
    await open()
    const first = await say(workspace.server.chat, anna, id, 'Good morning')
    await arrived(4)
    const told = received.map(({ type, payload }) => [
      type,
      payload.message_id ?? payload.message?.message_id,
    ])
    for (const { id: messageId } of [last, first])
      for (const type of ['message.new', 'notification.pending'])
        expect(told).toContainEqual([type, String(messageId)])
  })
})

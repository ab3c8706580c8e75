import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { useChat } from './support/chat.ts'
import { problem } from './support/colleague.ts'
import { put, text, ticketFor, upload } from './support/files.ts'
import { request } from './support/http.ts'
import { group, say, TEAM_SECRET, useTeam } from './support/team.ts'

const RATE_LIMIT = 20

const chat = useChat(() => ({
  env: { PARLEY_JWT_SECRETS: TEAM_SECRET, PARLEY_RATE_LIMIT: String(RATE_LIMIT) },
}))
const team = useTeam(chat)

test('PARLEY_RATE_LIMIT: 429 with Retry-After to the user who asks too often, whatever it is, and to nobody else', async () => {
  const [eager, calm] = [await team.colleague(), await team.colleague()]
  for (let n = 0; n < RATE_LIMIT; n++) await eager.run('presence-heartbeat')
  const refused = [
    await eager.call('presence-heartbeat'),
    await eager.call('get-connection-token'),
    await eager.call('create-conversation', { type: 'group' }),
  ]
  for (const reply of refused) {
    expect(problem(reply, '/problems/rate-limited', 429)).toBeUndefined()
    const seconds = Number(reply.headers.get('retry-after'))
    expect(Number.isInteger(seconds)).toBe(true)
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
  }
  expect((await calm.ask('list-conversations')).data).toEqual([])
})

test('link previews are on, and ask nothing of this machine; nor is it asked again later', async () => {
  const asked: string[] = []
  const page = http.createServer(({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Secret of this machine</title>')
  })
  page.listen(0)
  await once(page, 'listening')
  const { port } = page.address() as AddressInfo // it listens on TCP
  try {
    const anna = await team.colleague()
    const { id: conversationId } = await group(anna)
    const { id } = await say(
      anna,
      conversationId,
      `http://127.0.0.1:${port}/ http://localhost:${port}/ http://localhost/`,
    )
    expect((await request('GET', `http://localhost:${port}/here`)).status).toBe(200)
    const { data } = await anna.ask('list-messages', { conversationId })
    expect(data).toMatchObject([{ id, linkPreviews: [] }])
    // Stopping, it ends what it has begun.
    await chat.alter(async (db) => expect(await db.query('select from link_preview_jobs')).toEqual([]))
    expect((await anna.ask('list-messages', { conversationId })).data).toEqual(data)
    expect(asked).toEqual(['/here'])
  } finally {
    page.closeAllConnections()
    page.close()
  }
})

test('an upload whose time is over is neither taken nor checked', async () => {
  const anna = await team.colleague()
  const { id } = await group(anna)
  const file = text('too late')
  const ticket = await ticketFor(anna, id, file)
  const attachmentId = await upload(anna, id, file)
  await chat.alter((db) => db.query(`update attachments set expires_at = now() - interval '1 second'`))
  const uploadUrl = ticket.uploadUrl.replace(/^http:\/\/[^/]+/, chat.server().url)
  expect((await put({ ...ticket, uploadUrl }, file.bytes)).status).toBe(409)
  for (const gone of [ticket.attachmentId, attachmentId]) {
    const reply = await anna.call('chat-attachment-finalize', { attachmentId: gone })
    problem(reply, '/problems/not-found', 404)
  }
})

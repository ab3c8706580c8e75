import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { deleteMessage, editMessage } from '../../src/core/message-changes.ts'
import { listMessages } from '../../src/core/messages.ts'
import type { Actor, Chat, ConversationId } from '../../src/core/types.ts'
import { startLinkPreviews } from '../../src/jobs/link-previews.ts'
import type { LinkPreviewer } from '../../src/jobs/link-previews.ts'
import { eventsOf, newColleague, newPlace, say } from '../core/workspace-scene.ts'
import { openTestChat } from '../support/chat.ts'
import type { TestChat } from '../support/chat.ts'
import { eachStore } from '../support/databases.ts'

eachStore('link previews', (database) => {
  let test: TestChat
  let chat: Chat
  let author: Actor
  let id: ConversationId
  let server: http.Server
  let origin: string
  let status = 200
  let previewer: LinkPreviewer | undefined
  const faults: unknown[] = []

  beforeAll(async () => {
    test = await openTestChat(database())
    chat = { ...test.chat, linksWritten: () => previewer?.wake() }
    author = await newColleague(chat)
    server = http.createServer(({ url = '' }, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end(`<title>Page ${url}</title>`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on TCP
    origin = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await test.close()
  })
  beforeEach(async () => {
    status = 200
    id = await newPlace(chat, author)
  })
  afterEach(async () => {
    await previewer?.stop()
    previewer = undefined
    expect(faults).toEqual([])
  })

  function start(): void {
    previewer = startLinkPreviews({
      chat,
      allow: [new URL(origin).host],
      onError: (error) => faults.push(error),
    })
  }

  const jobs = () => chat.db.query<{ attempts: number }>('select attempts from link_preview_jobs')
  const done = () => vi.waitFor(async () => expect(await jobs()).toEqual([]), { timeout: 10_000 })
  const newest = async () => (await listMessages(chat, author, id, { limit: 1 })).messages[0]
  const typesOf = async () => (await eventsOf(test, id)).map(({ type }) => type)
  const preview = (path: string) => ({
    url: `${origin}${path}`,
    title: `Page ${path}`,
    description: null,
    imageUrl: null,
    siteName: null,
  })

  it('come with one event, and those who list the message see them', async () => {
    start()
    await say(chat, author, id, `look: ${origin}/a and ${origin}/b`)
    await done()
    const message = await newest()
    expect(message?.linkPreviews).toEqual([preview('/a'), preview('/b')])
    expect(message?.editedAt).toBeNull()
    const events = await eventsOf(test, id)
    expect(events.map(({ type }) => type)).toEqual(['message.created', 'message.updated'])
    expect(events.at(-1)).toMatchObject({ message, changeSeq: 2 })
  })

  it('are not looked for where there are no links, or nobody looks', async () => {
    await say(chat, author, id, 'nothing to see')
    await say(test.chat, author, id, `${origin}/a`)
    expect(await jobs()).toEqual([])
  })

  it('of what is not public, or says nothing, do not come, and nobody hears of it', async () => {
    start()
    await say(chat, author, id, 'http://127.0.0.1/ http://169.254.169.254/latest')
    await done()
    expect(await typesOf()).toEqual(['message.created'])
  })

  it('are looked for by the next process, and again where the page was in trouble', async () => {
    await say(chat, author, id, `${origin}/a`)
    expect(await jobs()).toEqual([{ attempts: 0 }])
    status = 503
    start()
    await vi.waitFor(async () => expect(await jobs()).toEqual([{ attempts: 1 }]))
    await previewer?.stop()
    status = 200
    await chat.db.query('update link_preview_jobs set due_at = now()')
    start()
    await done()
    expect((await newest())?.linkPreviews).toEqual([preview('/a')])
  })

  it('are given up in the end', async () => {
    status = 503
    await say(chat, author, id, `${origin}/a`)
    await chat.db.query('update link_preview_jobs set attempts = 3')
    start()
    await done()
    expect(await typesOf()).toEqual(['message.created'])
  })

  it('follow an edit', async () => {
    start()
    const { id: messageId } = await say(chat, author, id, `${origin}/a ${origin}/b`)
    await done()
    const edited = await editMessage(chat, author, messageId, `${origin}/b ${origin}/c`)
    expect(edited.linkPreviews).toEqual([preview('/b')])
    await done()
    expect((await newest())?.linkPreviews).toEqual([preview('/b'), preview('/c')])
    expect((await editMessage(chat, author, messageId, 'none')).linkPreviews).toEqual([])
  })

  it('of a deleted message are not looked for', async () => {
    const { id: messageId } = await say(chat, author, id, `${origin}/a`)
    await deleteMessage(chat, author, messageId)
    expect(await jobs()).toEqual([])
  })
})

import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { messageListResponse } from '@parley/wire/workspace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startLinkPreviews } from '../../src/jobs/link-previews.ts'
import type { LinkPreviewer } from '../../src/jobs/link-previews.ts'
import { eachStore } from '../support/databases.ts'
import type { Address } from '../support/screen.ts'
import { connectionToken, listen, openScreen, subscribeToken } from '../support/screen.ts'
import { openWorkspace } from '../support/workspace.ts'
import type { Workspace } from '../support/workspace.ts'

eachStore('a workspace’s link previews', (database) => {
  let workspace: Workspace
  let address: Address
  let previewer: LinkPreviewer
  let site: http.Server
  let origin: string
  const faults: unknown[] = []

  beforeAll(async () => {
    site = http.createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end(
        `<title>ignored</title><meta property="og:title" content="Release 12">
         <meta property="og:description" content="What is new"><meta property="og:site_name" content="News">`,
      )
    })
    site.listen(0, '127.0.0.1')
    await once(site, 'listening')
    const { port } = site.address() as AddressInfo // it listens on TCP
    origin = `http://127.0.0.1:${port}`
    workspace = await openWorkspace(database())
    const { chat } = workspace.server
    // As the server does it, but for this one address of its own machine.
    previewer = startLinkPreviews({
      chat,
      allow: [new URL(origin).host],
      onError: (error) => faults.push(error),
    })
    chat.linksWritten = previewer.wake
    address = await listen(workspace.server)
  })
  afterAll(async () => {
    await previewer.stop()
    await workspace.close()
    site.closeAllConnections()
    site.close()
    expect(faults).toEqual([])
  })

  it('reach those who look on as an update of the message, and those who look later with it', async () => {
    const [ann, bob] = [await workspace.person(), await workspace.person()]
    const { id } = await workspace.conversation(ann, { type: 'group', memberIds: [bob.id] })
    const chat = `chat:${id}`
    const screen = openScreen(address.url, () => connectionToken(workspace, bob))
    await screen.subscribe(chat, { getToken: () => subscribeToken(workspace, bob, id) }).ready()
    const sent = await workspace.send(ann, id, `It is out: ${origin}/news`)
    expect(sent.linkPreviews).toEqual([])
    const [created, updated] = await screen.hears(chat, 2)
    expect([created?.type, updated?.type]).toEqual(['message.created', 'message.updated'])
    const { reactions, ...shared } = sent
    const preview = {
      url: `${origin}/news`,
      title: 'Release 12',
      description: 'What is new',
      imageUrl: null,
      siteName: 'News',
    }
    const message = { ...shared, linkPreviews: [preview] }
    expect(updated?.data).toEqual({ conversationId: id, seq: 3, message })
    const { body } = await workspace.call(bob, '/chat/messages/list', { conversationId: id })
    expect(messageListResponse.parse(body).data).toEqual([{ ...message, reactions }])
  })
})

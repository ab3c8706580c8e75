import { problemSchema, uploadTicketResponse } from '@parley/wire/workspace'
import type { UploadTicket } from '@parley/wire/workspace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { readExamples, readPage, runExamples } from '../support/docs.ts'
import { exact, openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'
import { operations, setScene } from '../support/workspace-operations.ts'
import { hs256 } from '../tokens.ts'

const page = readPage('workspace')
const examples = readExamples(page)

eachStore('docs/workspace.md', (database) => {
  let workspace: Workspace
  let alice: Person

  beforeAll(async () => {
    workspace = await openWorkspace(database(), { PARLEY_PUBLIC_URL: '' })
    await workspace.server.app.listen({ port: 0, host: '127.0.0.1' })
    for (const id of ['alice', 'bob', 'carol']) {
      const profile = { displayName: id, avatarUrl: null, role: 'user' as const, orgId: 'acme' }
      await putUser(workspace.server.chat, { id, ...profile })
    }
    alice = { id: 'alice', token: await hs256({ sub: 'alice', exp: Math.floor(Date.now() / 1000) + 60 }) }
  })
  afterAll(() => workspace.close())

  async function put({ uploadUrl, headers }: UploadTicket): Promise<void> {
    const reply = await fetch(uploadUrl, { method: 'PUT', headers, body: '0123456789' })
    expect(reply.status).toBe(204)
  }

  it('answers its requests, one after the other, as the page says', async () => {
    const { app } = workspace.server
    await runExamples(app, { token: alice.token, examples }, async ({ path }, body) => {
      if (path === '/chat/attachments/upload-ticket') await put(uploadTicketResponse.parse(body).data)
    })
  })

  it('has an example of every operation', async () => {
    const scene = await setScene(workspace)
    const shown = new Set(examples.map(({ path }) => path.replace(/\d+/, '')))
    for (const [id, { path }] of Object.entries(operations)) {
      expect([id, [...shown]]).toEqual([id, expect.arrayContaining([path(scene).replace(/\d+/, '')])])
    }
  })
})

it('shows a problem as problems are, and names every type of them', () => {
  const [, problem = ''] = /```json\n(\{\n {2}"type".*?)```/s.exec(page) ?? []
  expect(exact(problemSchema, JSON.parse(problem)).errors).toBeDefined()
  const [, table = ''] = page.split('## Errors')
  const types = [...table.matchAll(/`(\/problems\/[\w-]+)`/g)].map(([, type]) => type)
  expect(types.sort()).toEqual([...problemSchema.shape.type.options].sort())
})

import { problemSchema, uploadTicketResponse } from '@parley/wire/workspace'
import type { UploadTicket } from '@parley/wire/workspace'
import fs from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { putUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { exact, openWorkspace } from '../support/workspace.ts'
import type { Person, Workspace } from '../support/workspace.ts'
import { operations, setScene } from '../support/workspace-operations.ts'
import { hs256 } from '../tokens.ts'

const page = fs.readFileSync(new URL('../../../../docs/workspace.md', import.meta.url), 'utf8')

/** What the page asks, in order, and what it says is answered. */
const examples = [...page.matchAll(/```http\nPOST (\S+)\n(.*?)```(?:\s+```json\n(.*?)```)?/gs)].map(
  ([, path = '', body = '', reply = '']) => ({ path, body: parse(body), reply: parse(reply) }),
)

function parse(text: string): unknown {
  return text.trim() === '' ? undefined : JSON.parse(text)
}

/** Times, tokens, cursors and addresses are others each time. */
function masked(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (_, value: unknown) => {
    if (typeof value !== 'string') return value
    if (/^http.*\/(uploads|blobs)\//.test(value)) return 'address'
    return value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+Z|eyJ[\w.-]+|[\w-]{40,})$/, (text) =>
      text.startsWith('eyJ') ? 'token' : text.includes(':') ? 'time' : 'cursor',
    )
  })
}

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
    for (const { path, body, reply } of examples) {
      const got = await workspace.call(alice, path, body)
      expect([path, got.status, got.body]).toEqual([path, expect.toBeOneOf([200, 201, 204]), got.body])
      if (reply !== undefined) expect([path, masked(got.body)]).toEqual([path, masked(reply)])
      if (path === '/chat/attachments/upload-ticket') await put(uploadTicketResponse.parse(got.body).data)
    }
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
  expect(exact(problemSchema, parse(problem)).errors).toBeDefined()
  const [, table = ''] = page.split('## Errors')
  const types = [...table.matchAll(/`(\/problems\/[\w-]+)`/g)].map(([, type]) => type)
  expect(types.sort()).toEqual([...problemSchema.shape.type.options].sort())
})

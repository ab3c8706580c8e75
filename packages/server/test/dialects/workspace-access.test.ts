import { afterAll, beforeAll, expect, it } from 'vitest'
import { eachStore } from '../support/databases.ts'
import { openWorkspace, exact, problem } from '../support/workspace.ts'
import type { Reply, Workspace } from '../support/workspace.ts'
import { operations, setScene } from '../support/workspace-operations.ts'
import type { Role, Scene } from '../support/workspace-operations.ts'

/** Those who may do least come first, so that what the others do changes nothing for them. */
const ROLES: Role[] = ['stranger', 'outsider', 'former', 'member', 'owner']

const table = Object.entries(operations)

eachStore('the operations of the workspace', (database) => {
  let workspace: Workspace
  let scene: Scene

  beforeAll(async () => {
    workspace = await openWorkspace(database())
    scene = await setScene(workspace)
  })
  afterAll(() => workspace.close())

  it.each(table)('%s does what it should for whom it should', async (_, { path, body, schema, statuses }) => {
    const own = await setScene(workspace)
    for (const role of ROLES) {
      const reply = await workspace.call(own[role], path(own), body?.(own))
      expect([role, reply.status, reply.body]).toEqual([role, statuses[role], reply.body])
      check(reply)
      if (reply.status < 400 && schema) exact(schema, reply.body)
      if (reply.status < 400 && !schema) expect(reply.body).toBeNull()
    }
  })

  function check(reply: Reply): void {
    if (reply.status === 403) problem(reply, '/problems/forbidden')
    if (reply.status === 404) problem(reply, '/problems/not-found')
  }

  it.each(table)('%s is closed to whoever is not signed in', async (_, { path, body }) => {
    const garbage = [{ authorization: 'Bearer garbage' }, { cookie: 'PARTIZAP_SESSION=garbage' }]
    for (const headers of [{}, ...garbage] as Record<string, string>[]) {
      const reply = await workspace.request(path(scene), headers, body?.(scene))
      expect(reply.status).toBe(401)
      problem(reply, '/problems/unauthenticated')
    }
  })

  it.each(table)('%s takes a cookie with the CSRF token of its session only', async (_, operation) => {
    const own = await setScene(workspace)
    const { cookie, csrfToken } = await workspace.session(own.owner)
    const call = (headers: Record<string, string>) =>
      workspace.request(operation.path(own), { cookie, ...headers }, operation.body?.(own))
    const another = await workspace.session(own.member)
    const forged = [{ 'x-csrf-token': 'x' }, { 'x-csrf-token': another.csrfToken }]
    for (const headers of [{}, ...forged] as Record<string, string>[]) {
      const reply = await call(headers)
      expect(reply.status).toBe(403)
      problem(reply, '/problems/forbidden')
    }
    expect((await call({ 'x-csrf-token': csrfToken })).status).toBe(operation.statuses.owner)
  })

  it('is told of a conversation that is not there as of one of another organisation', async () => {
    const missing = { ...scene.group, id: '9007199254740991' }
    const message = { ...scene.message, id: '9007199254740991' }
    for (const [name, { path, body, statuses }] of table) {
      if (statuses.stranger !== 404) continue
      const nowhere = { ...scene, group: missing, message }
      const [gone, foreign] = [
        await workspace.call(scene.stranger, path(nowhere), body?.(nowhere)),
        await workspace.call(scene.stranger, path(scene), body?.(scene)),
      ]
      expect([name, gone.body]).toEqual([name, foreign.body])
    }
  })
})

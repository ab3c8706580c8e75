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

  it.each(table)('%s changes nothing that others see of an archived conversation', async (_, operation) => {
    const { path, body, statuses, archived } = operation
    const own = await setScene(workspace)
    await workspace.call(own.owner, `/chat/conversations/${own.group.id}/archive`)
    const role = statuses.owner < 300 ? 'owner' : 'member'
    const reply = await workspace.call(own[role], path(own), body?.(own))
    expect(reply.status).toBe(archived ?? statuses[role])
    if (archived) expect(problem(reply, '/problems/conflict')).toBeUndefined()
  })

  it.each([
    ['update', () => ({ name: 'We two' }), 409],
    ['archive', () => ({}), 409],
    ['convert', () => ({ name: 'We two' }), 409],
    ['members/add', () => ({ userIds: [scene.outsider.id] }), 409],
    ['members/remove', () => ({ userId: scene.member.id }), 409],
    ['leave', () => ({}), 204],
  ])('a conversation of two stays one: %s', async (rest, body, status) => {
    const creator = await workspace.person()
    const { id } = await workspace.conversation(creator, { type: 'dm', memberIds: [scene.member.id] })
    const reply = await workspace.call(creator, `/chat/conversations/${id}/${rest}`, body())
    expect(reply.status).toBe(status)
  })

  it('a channel of the organisation is open to all of it, and its admins are admins there', async () => {
    const { owner, outsider, stranger } = scene
    const admin = await workspace.person({ role: 'admin' })
    const { id } = await workspace.conversation(owner, { type: 'channel', visibility: 'org', name: 'All' })
    const statuses = async (rest: string, body: object) =>
      Promise.all(
        [stranger, outsider, admin].map(async (person) => {
          return (await workspace.call(person, `/chat/${rest}`, body)).status
        }),
      )
    const place = { conversationId: id }
    expect(await statuses('messages/send', { ...place, content: 'hi' })).toEqual([404, 201, 201])
    expect(await statuses('messages/list', place)).toEqual([404, 200, 200])
    expect(await statuses('subscribe-token', place)).toEqual([404, 200, 200])
    expect(await statuses(`conversations/${id}/update`, { name: 'Everybody' })).toEqual([404, 403, 200])
    expect(await statuses(`conversations/${id}/leave`, {})).toEqual([404, 204, 204])
    expect(await statuses(`conversations/${id}/get`, {})).toEqual([404, 200, 200])
    expect(await statuses(`conversations/${id}/archive`, {})).toEqual([404, 403, 204])
  })

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

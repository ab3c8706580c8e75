import { describe, expect, test } from 'vitest'
import type { Chat } from '../support/chat.ts'
import { problem } from '../support/colleague.ts'
import type { Input } from '../support/described-api.ts'
import { eraseUser, openSession } from '../support/host.ts'
import type { Reply } from '../support/http.ts'
import { credentials } from '../support/person.ts'
import type { Team } from '../support/team.ts'
import { jwt } from '../support/tokens.ts'
import { inOpenChannel, operations, roles, setScene, type Role, type Scene } from './operations.ts'

const rows = Object.entries(operations)
const kinds: Record<number, Parameters<typeof problem>[1]> = {
  403: '/problems/forbidden',
  404: '/problems/not-found',
  409: '/problems/conflict',
}

export function authorisation(team: Team, chat: Chat) {
  const inputOf = (operationId: string, scene: Scene): Input => operations[operationId]?.input?.(scene) ?? {}

  function checkStatus(who: string, reply: Reply, status: number) {
    expect(`${who}: ${reply.status}`, JSON.stringify(reply.body)).toBe(`${who}: ${status}`)
    const kind = kinds[status]
    if (kind) problem(reply, kind, status)
  }

  describe.each(rows)('%s', (operationId, { statuses, archived }) => {
    const act = (scene: Scene, role: Role) => scene[role].call(operationId, inputOf(operationId, scene))

    test('succeeds for those who may, and says to the others no more than they may know', async () => {
      const scene = await setScene(team)
      for (const role of roles) checkStatus(role, await act(scene, role), statuses[role])
    })

    test('is closed to whoever is not signed in', async () => {
      const scene = await setScene(team)
      const past = jwt('another secret', { sub: scene.owner.id, exp: 1 })
      const strangers = [{}, { authorization: 'Bearer garbage' }, { authorization: `Bearer ${past}` }]
      for (const headers of [...strangers, { cookie: 'PARTIZAP_SESSION=garbage' }] as Record<
        string,
        string
      >[]) {
        const reply = await team.api().call(operationId, inputOf(operationId, scene), headers)
        problem(reply, '/problems/unauthenticated', 401)
      }
    })

    test('takes a session with the CSRF token of that session only', async () => {
      const scene = await setScene(team)
      const [own, another] = [
        await openSession(chat.server(), scene.owner.id),
        await openSession(chat.server(), scene.member.id),
      ]
      const { cookie, 'x-csrf-token': token } = credentials(own)
      const call = (headers: Record<string, string>) =>
        team.api().call(operationId, inputOf(operationId, scene), headers)
      problem(await call({ cookie }), '/problems/forbidden', 403)
      const forged = { cookie, 'x-csrf-token': another.csrf_token }
      problem(await call(forged), '/problems/forbidden', 403)
      expect((await call({ cookie, 'x-csrf-token': token })).status).toBe(statuses.owner)
    })

    test('leaves an archived conversation as it is', async () => {
      const scene = await setScene(team)
      await scene.owner.run('archive-conversation', { id: scene.conversation.id })
      const role = statuses.owner < 300 ? 'owner' : 'member'
      const { foreigner, outsider } = scene
      checkStatus(role, await act(scene, role), archived ?? statuses[role])
      for (const [name, person] of Object.entries({ foreigner, outsider })) {
        const reply = await person.call(operationId, inputOf(operationId, scene))
        checkStatus(name, reply, statuses[name as Role])
      }
    })

    test('knows nothing of what does not exist, and says so as of what is elsewhere', async () => {
      if (statuses.foreigner !== 404) return
      const scene = await setScene(team)
      const missing = '9007199254740991'
      const nowhere = {
        ...scene,
        conversation: { ...scene.conversation, id: missing },
        message: { ...scene.message, id: missing },
        attachmentId: missing,
      }
      const [gone, elsewhere] = [await act(nowhere, 'owner'), await act(scene, 'foreigner')]
      expect(gone.body).toEqual(elsewhere.body)
    })
  })

  test.each(Object.entries(inOpenChannel))('in an open channel: %s', async (operationId, statuses) => {
    const scene = await setScene(team, 'open channel')
    for (const role of roles) {
      const status = statuses[role]
      if (status === undefined) continue
      checkStatus(role, await scene[role].call(operationId, inputOf(operationId, scene)), status)
    }
  })

  test('everything else in an open channel is everybody’s', async () => {
    const scene = await setScene(team, 'open channel')
    for (const [operationId, { statuses }] of rows) {
      if (operationId in inOpenChannel || statuses.foreigner !== 404) continue
      for (const role of ['foreigner', 'outsider', 'manager'] as const) {
        const reply = await scene[role].call(operationId, inputOf(operationId, scene))
        checkStatus(`${operationId} ${role}`, reply, role === 'foreigner' ? 404 : statuses.member)
      }
    }
  })

  test('what was refused has changed nothing and is heard by nobody', async () => {
    const scene = await setScene(team)
    const { owner, conversation, foreigner, outsider, former, manager } = scene
    const look = async () => [
      await owner.ask('get-conversation', { id: conversation.id }),
      await owner.ask('list-messages', { conversationId: conversation.id }),
    ]
    const hearing = await team.hearNow(owner)
    await hearing.subscribe(`chat:${conversation.id}`)
    await team.settled(owner, hearing)
    hearing.rest()
    const before = await look()
    for (const [operationId, { statuses }] of rows) {
      if (statuses.foreigner !== 404) continue
      for (const person of [foreigner, outsider, former, manager])
        expect((await person.call(operationId, inputOf(operationId, scene))).status).toBeGreaterThan(400)
    }
    expect(await look()).toEqual(before)
    await team.settled(owner, hearing)
    expect(hearing.rest().filter(({ channel }) => channel.startsWith('chat:'))).toEqual([])
  })

  test('an erased user is nobody', async () => {
    const person = await chat.person()
    const erased = team.fromMarketplace(person)
    await erased.run('presence-heartbeat')
    await eraseUser(chat.server(), person.id)
    problem(await erased.call('list-conversations'), '/problems/unauthenticated', 401)
  })
}

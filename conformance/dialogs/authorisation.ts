import { describe, expect, test } from 'vitest'
import { managedDialogResponse } from '@parley/wire/dialogs'
import type { Chat } from '../support/chat.ts'
import { tokenOf } from '../support/friends.ts'
import { openSession } from '../support/host.ts'
import { request, type Reply } from '../support/http.ts'
import { credentials } from '../support/person.ts'
import { answered, getDialog, listDialogs, listMessages, refusal, type Guest } from './guest.ts'
import type { House } from './house.ts'
import { answerTo, operations, placed, roles, setScene, type Scene } from './operations.ts'

/** One that names nothing that is there. */
const NOWHERE = '1fffffff-ffff-8780-8000-000000000001'

export function authorisation(house: House, chat: Chat) {
  /** Any request at all, with nothing of the SDK's habits. */
  async function bare(
    scene: Scene,
    { what, body }: (typeof operations)[0],
    claim: string,
    headers: object,
  ): Promise<Reply> {
    const [method = '', path = ''] = placed(what, scene).split(' ')
    const target = new URL(`${house.url()}/api/v1${path}`)
    target.searchParams.set('user_id', claim)
    return request(method, target.href, { headers: { ...headers }, json: body?.(scene) })
  }
  const ask = (scene: Scene, { what, body }: (typeof operations)[0], who: Guest) =>
    who.call(placed(what, scene), body?.(scene))

  /** Everything there is to see of the dialog, by the back end and by the participant. */
  async function look({ participant, id }: Scene) {
    const managed = await house.manage(`GET /dialogs/${id}`)
    const people = answered(managedDialogResponse, managed).data.participants
    return {
      people: people.map((person) => ({ ...person, is_online: null })),
      messages: await listMessages(participant, id),
      lists: await listDialogs(participant),
    }
  }

  describe.each(operations)('$what', (row) => {
    test('is answered to each as far as they may', async () => {
      const scene = await setScene(house)
      for (const role of [...roles].reverse()) {
        const expected = answerTo(row, role)
        const reply = await ask(scene, row, scene[role])
        if (typeof expected === 'number') expect(`${role}: ${reply.status}`).toBe(`${role}: ${expected}`)
        else refusal(reply, expected)
      }
    })

    test('is closed to who is not signed in, and to who says to be somebody else', async () => {
      const scene = await setScene(house)
      const { participant, matched } = scene
      const before = await look(scene)
      const strangers: [string, Record<string, string>][] = [
        [participant.id, {}],
        [participant.id, { authorization: 'Bearer garbage' }],
        [participant.id, { authorization: `Bearer ${tokenOf(participant.id, -1)}` }],
        ['nobody-at-all', { authorization: `Bearer ${tokenOf('nobody-at-all')}` }],
        [participant.id, { cookie: 'PARTIZAP_SESSION=garbage' }],
      ]
      for (const [claim, headers] of strangers)
        refusal(await bare(scene, row, claim, headers), 'UNAUTHORIZED')
      refusal(
        await bare(scene, row, participant.id, { authorization: `Bearer ${matched.token}` }),
        'FORBIDDEN',
      )
      const { session } = await openSession(chat.server(), participant.id)
      const cookie = { cookie: `PARTIZAP_SESSION=${session}` }
      refusal(await bare(scene, row, matched.id, cookie), 'FORBIDDEN')
      if (!row.what.startsWith('GET')) refusal(await bare(scene, row, participant.id, cookie), 'FORBIDDEN')
      expect(await look(scene)).toEqual(before)
    })

    test('knows nothing of what is not there', async () => {
      if (!row.what.includes('/:id')) return
      const scene = await setScene(house)
      refusal(await ask({ ...scene, id: NOWHERE }, row, scene.participant), 'DIALOG_NOT_FOUND')
    })
  })

  test('what was refused has changed nothing and is heard by nobody', async () => {
    const scene = await setScene(house)
    const { participant } = scene
    const line = await house.line(participant)
    // What came of setting the scene.
    await house.untaken(participant, line)
    const before = await look(scene)
    for (const row of operations)
      for (const role of roles)
        if (typeof answerTo(row, role) !== 'number') {
          const { status } = await ask(scene, row, scene[role])
          expect([400, 403]).toContain(status)
        }
    expect(await look(scene)).toEqual(before)
    expect(await house.untaken(participant, line)).toEqual([])
  })

  test('in a list is nothing that its reader may not see', async () => {
    const scene = await setScene(house)
    const find = async (who: Guest, query: string) =>
      (await listDialogs(who, query)).some(({ id }) => id === scene.id)
    const found = async (who: Guest) => [await find(who, ''), await find(who, '?type=available&limit=100')]
    expect(await found(scene.participant)).toEqual([true, false])
    expect(await found(scene.matched)).toEqual([false, true])
    for (const who of [scene.outsider, scene.former]) expect(await found(who)).toEqual([false, false])
  })

  test('a session with its CSRF token is as good as a token; sender_id as good as user_id', async () => {
    const { participant, matched, id } = await setScene(house)
    const headers = credentials(await openSession(chat.server(), participant.id))
    const post = (claim: string, content: string) =>
      request('POST', `${house.url()}/api/v1/dialogs/${id}/messages?${claim}`, { headers, json: { content } })
    for (const claim of [`user_id=${participant.id}`, `sender_id=${participant.id}`, ''])
      expect((await post(claim, claim || 'none')).body).toMatchObject({ data: { sender_id: participant.id } })
    refusal(await post(`sender_id=${matched.id}`, 'forged'), 'FORBIDDEN')
    refusal(await post(`user_id=${participant.id}&sender_id=${matched.id}`, 'forged'), 'VALIDATION_ERROR')
    expect((await getDialog(participant, id)).i_am_participant).toBe(true)
  })

  test('nobody speaks as another, whatever a body says', async () => {
    const { participant, matched, id } = await setScene(house)
    const forged = {
      content: 'forged',
      sender_id: matched.id,
      user_id: matched.id,
      message_type: 'system',
      id,
    }
    const reply = await participant.call(`POST /dialogs/${id}/messages`, forged)
    expect(reply.body).toMatchObject({ data: { sender_id: participant.id, message_type: 'user' } })
  })
}

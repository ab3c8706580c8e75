import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dialogsClientMessage } from '@parley/wire/dialogs-events'
import type { Chat } from '../support/chat.ts'
import { tokenOf } from '../support/friends.ts'
import { endSession, eraseUser, openSession } from '../support/host.ts'
import { messageResponse } from '@parley/wire/dialogs'
import { answered, join, listMessages, read, send, type Guest } from './guest.ts'
import { OPEN, type House } from './house.ts'
import { openLine, refusedHandshake, socketUrl } from './line.ts'

export function sockets(house: House, chat: Chat) {
  async function pair() {
    const [anna, boris] = await house.guests(2)
    return { anna, boris, id: (await house.open([anna, boris], { access_scopes: [OPEN] })).id }
  }
  const url = (query: Record<string, string>) => socketUrl(house.url(), query)
  const proofOf = ({ id, token }: Guest) => ({ user_id: id, token: token ?? '' })

  describe('the handshake', () => {
    test('takes a token in the address or a header, or a session, and greets', async () => {
      const anna = await house.guest()
      const { session } = await openSession(chat.server(), anna.id)
      const ways: [Record<string, string>, object][] = [
        [proofOf(anna), {}],
        [{ token: anna.token ?? '' }, {}],
        [{ user_id: anna.id }, { headers: { authorization: `Bearer ${anna.token}` } }],
        [{}, { headers: { cookie: `PARTIZAP_SESSION=${session}` } }],
      ]
      for (const [query, options] of ways) {
        const line = house.keep(await openLine(url(query), options))
        await house.settled(anna, line)
        expect(line.heard.every(({ type }) => type !== 'connected')).toBe(true)
      }
    })

    test('refuses before the upgrade: a bad token 401, no user_id 400, somebody else 403', async () => {
      const [anna, boris] = await house.guests(2)
      const attempts: [Record<string, string>, number, string][] = [
        [{ user_id: anna.id, token: 'garbage' }, 401, 'UNAUTHORIZED'],
        [{ user_id: anna.id, token: tokenOf(anna.id, -1) }, 401, 'UNAUTHORIZED'],
        [{ user_id: anna.id, token: `${anna.token?.slice(0, -4)}AAAA` }, 401, 'UNAUTHORIZED'],
        [{ user_id: anna.id }, 401, 'UNAUTHORIZED'],
        [{}, 400, 'VALIDATION_ERROR'],
        [{ user_id: '' }, 400, 'VALIDATION_ERROR'],
        [{ user_id: 'x'.repeat(256) }, 400, 'VALIDATION_ERROR'],
        [{ user_id: boris.id, token: anna.token ?? '' }, 403, 'FORBIDDEN'],
      ]
      for (const [query, status, code] of attempts)
        expect(await refusedHandshake(url(query))).toMatchObject({ status, body: { error: { code } } })
      const origin = 'https://evil.example'
      expect(await refusedHandshake(url(proofOf(anna)), { origin })).toMatchObject({ status: 403 })
    })

    test('a session that ends, and who is erased, are shut out at once', async () => {
      const [anna, boris] = await house.guests(2)
      const { session } = await openSession(chat.server(), anna.id)
      const ends = await openLine(url({}), { headers: { cookie: `PARTIZAP_SESSION=${session}` } })
      const stays = await house.line(anna)
      await endSession(chat.server(), session)
      expect(await ends.closed).toBe(4401)
      await house.settled(anna, stays)
      const gone = await openLine(url(proofOf(boris)))
      await eraseUser(chat.server(), boris.id)
      expect(await gone.closed).toBe(4401)
      expect(await refusedHandshake(url(proofOf(boris)))).toMatchObject({ status: 401 })
    })
  })

  describe('what happens in a dialog', () => {
    test('is heard by everybody in it on every socket, the actor’s own too, as it is stored', async () => {
      const { anna, boris, id } = await pair()
      const lines = [await house.line(anna), await house.line(anna), await house.line(boris)]
      const hears = async <T extends Parameters<(typeof lines)[0]['next']>[0]>(type: T, event: object) => {
        for (const line of lines) expect(await line.next(type)).toEqual({ type, dialog_id: id, ...event })
      }
      const { id: mid, sent_at } = await send(anna, id, '<p>Hello!</p>')
      const said = { id: mid, sender_id: anna.id, content: '<p>Hello!</p>', sent_at, message_type: 'user' }
      await hears('message.new', said)
      await hears('message.read', { user_id: anna.id, last_read_message_id: mid })
      const path = `/dialogs/${id}/messages/${mid}`
      const edited = answered(messageResponse, await anna.call(`PUT ${path}`, { content: 'Bye' })).data
      await hears('message.edited', { id: mid, content: 'Bye', last_edited_at: edited.last_edited_at })
      await read(boris, id, mid)
      await read(boris, id, mid)
      await hears('message.read', { user_id: boris.id, last_read_message_id: mid })
      await anna.call(`DELETE ${path}`)
      await hears('message.deleted', { id: mid })
      for (const [n, who] of [anna, anna, boris].entries())
        expect(await house.untaken(who, lines[n] ?? expect.unreachable())).toEqual([])
    })

    test('who comes and goes is told, with what the server says of it', async () => {
      const { anna, id } = await pair()
      const clara = await house.guest({ name: 'Clara' })
      const [hers, theirs] = [await house.line(clara), await house.line(anna)]
      await join(clara, id, { company: 'Acme' })
      for (const line of [hers, theirs]) {
        expect(await line.next('participant.joined')).toMatchObject({ dialog_id: id, user_id: clara.id })
        const { sender_id, message_type, content } = await line.next('message.new')
        expect([sender_id, message_type]).toEqual([null, 'system'])
        expect(JSON.parse(content)).toEqual({ event: 'participant_joined', name: 'Clara', company: 'Acme' })
      }
      await clara.call(`POST /dialogs/${id}/leave`)
      expect(await hers.next('participant.left')).toMatchObject({ dialog_id: id, user_id: clara.id })
      expect(await theirs.next('participant.left')).toMatchObject({ dialog_id: id, user_id: clara.id })
      const left = await theirs.next('message.new')
      expect(JSON.parse(left.content)).toEqual({ event: 'participant_left', name: 'Clara' })
      expect((await listMessages(anna, id)).messages.at(-1)).toMatchObject({
        id: left.id,
        content: left.content,
      })
      await send(anna, id, 'Among ourselves')
      expect(await house.untaken(clara, hers)).toEqual([])
    })

    test('who is in a new dialog learns of it', async () => {
      const [anna, boris] = await house.guests(2)
      const line = await house.line(boris)
      const { id } = await house.open([anna, boris])
      expect(await line.next('participant.joined')).toMatchObject({ dialog_id: id, user_id: boris.id })
    })

    test('archiving is one’s own; a message brings it back for everybody, and says so', async () => {
      const { anna, boris, id } = await pair()
      const [hers, his] = [await house.line(anna), await house.line(boris)]
      await anna.call(`POST /dialogs/${id}/archive`)
      expect(await hers.next('dialog.archived')).toEqual({ type: 'dialog.archived', dialog_id: id })
      await anna.call(`POST /dialogs/${id}/unarchive`)
      expect(await hers.next('dialog.unarchived')).toEqual({ type: 'dialog.unarchived', dialog_id: id })
      await anna.call(`POST /dialogs/${id}/archive`)
      const { id: mid } = await send(boris, id, 'Back')
      expect(await hers.next('dialog.unarchived')).toEqual({ type: 'dialog.unarchived', dialog_id: id })
      expect((await hers.next('message.new')).id).toBe(mid)
      expect((await his.next('message.new')).id).toBe(mid)
      await house.settled(boris, his)
      expect([...his.all('dialog.archived'), ...his.all('dialog.unarchived')]).toEqual([])
    })

    test('is heard by nobody else, whatever they subscribe to', async () => {
      const { anna, boris, id } = await pair()
      const outsider = await house.guest()
      const line = await house.line(outsider)
      for (const dialog_id of [id, 'x', '*']) line.say({ type: 'subscribe', dialog_id })
      const { id: mid } = await send(anna, id, 'Secret')
      await read(boris, id, mid)
      await anna.call(`PUT /dialogs/${id}/messages/${mid}`, { content: 'Still' })
      await anna.call(`DELETE /dialogs/${id}/messages/${mid}`)
      expect(await house.untaken(outsider, line)).toEqual([])
      expect(line.all('error')).toEqual([])
    })

    test('details of a dialog that is not shown are left out, its new messages are not', async () => {
      const { anna, boris, id } = await pair()
      const line = await house.line(boris)
      const change = async () => {
        const { id: mid } = await send(anna, id, 'One')
        await anna.call(`PUT /dialogs/${id}/messages/${mid}`, { content: 'Two' })
        await anna.call(`DELETE /dialogs/${id}/messages/${mid}`)
        return (await house.untaken(boris, line)).map(({ type }) => type)
      }
      const everything = ['message.new', 'message.read', 'message.edited', 'message.deleted']
      expect(await change()).toEqual(everything)
      line.say({ type: 'unsubscribe', dialog_id: id })
      expect(await change()).toEqual(['message.new'])
      line.say({ type: 'subscribe', dialog_id: id })
      expect(await change()).toEqual(everything)
    })
  })

  describe('presence.update', () => {
    test('tells those who share a dialog of the first socket and the last, and nobody else', async () => {
      const { anna, boris, id } = await pair()
      const stranger = await house.guest()
      const [his, theirs] = [await house.line(boris), await house.line(stranger)]
      const [one, other] = [await openLine(url(proofOf(anna))), await openLine(url(proofOf(anna)))]
      const update = (is_online: boolean) => ({ type: 'presence.update', user_id: anna.id, is_online })
      expect(await his.next('presence.update')).toEqual(update(true))
      await one.close()
      await send(anna, id, 'Still here')
      await his.next('message.new')
      expect(his.all('presence.update')).toEqual([update(true)])
      await other.close()
      expect(await his.next('presence.update')).toEqual(update(false))
      await house.settled(stranger, theirs)
      expect(theirs.all('presence.update')).toEqual([])
    })
  })

  describe('frames', () => {
    const invalid = { type: 'error', message: 'Invalid message format' }

    test('ping is answered with pong, for whatever else it has', async () => {
      const line = await house.line(await house.guest())
      for (const ping of [{ type: 'ping' }, { type: 'ping', at: 1 }]) {
        line.say(ping)
        expect(await line.next('pong')).toEqual({ type: 'pong' })
      }
    })

    test('of any shape are answered, and the connection lives on', async () => {
      const { anna, boris, id } = await pair()
      const line = await house.line(boris)
      const type = fc.constantFrom(
        'ping',
        'pong',
        'subscribe',
        'unsubscribe',
        'connected',
        '__proto__',
        'error',
      )
      const message = fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.record({ type: fc.oneof(type, fc.jsonValue()), dialog_id: fc.jsonValue() }, { requiredKeys: [] }),
      )
      const frames = fc.oneof(
        message.map((value) => JSON.stringify(value)),
        fc.string({ unit: 'binary' }),
        fc.uint8Array({ maxLength: 20 }),
      )
      await fc.assert(
        fc.asyncProperty(frames, async (frame) => {
          const meant = typeof frame === 'string' ? dialogsClientMessage.safeParse(json(frame)) : null
          line.say(frame)
          line.say({ type: 'ping' })
          await line.next('pong')
          if (meant?.success && meant.data.type === 'ping') await line.next('pong')
          expect(line.rest().filter((event) => event.type !== 'presence.update')).toEqual(
            meant?.success ? [] : [invalid],
          )
        }),
        { numRuns: 150, seed: 4, endOnFailure: true },
      )
      await send(anna, id, 'Still there?')
      expect((await line.next('message.new')).content).toBe('Still there?')
    })

    test('of more than 64 KB end the connection, and no other', async () => {
      const { anna, boris } = await pair()
      const [big, other] = [await openLine(url(proofOf(anna))), await house.line(boris)]
      big.say(JSON.stringify({ type: 'ping', x: 'x'.repeat(64 * 1024) }))
      expect(await big.closed).toBe(1009)
      other.say({ type: 'ping' })
      await other.next('pong')
    })
  })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

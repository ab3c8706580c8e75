import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { UploadTicket } from '@parley/wire/workspace'
import { problem, type Colleague } from '../support/colleague.ts'
import { attach, put, text, ticketFor, upload, type LocalFile } from '../support/files.ts'
import { request } from '../support/http.ts'
import { greyPng, phonePhoto, picture } from '../support/images.ts'
import { group, say, type Team } from '../support/team.ts'

const PLAN = text('Ship it on Friday')
const download = (url: string) => request('GET', url)

export function attachments(team: Team) {
  async function pair(input = {}) {
    const org = team.org()
    const [anna, boris] = [await team.colleague({ org }), await team.colleague({ org })]
    const { id } = await group(anna, [boris], input)
    return { org, anna, boris, id }
  }

  async function listening() {
    const people = await pair()
    const hearing = await team.hear(people.boris)
    await hearing.subscribe(`chat:${people.id}`)
    return { ...people, hearing }
  }

  const shared = async (person: Colleague, id: string) =>
    (await person.ask('list-conversation-attachments', { id })).data

  describe('a file', () => {
    test('is uploaded by ticket, checked, sent, heard, listed and downloaded', async () => {
      const { anna, boris, id, hearing } = await listening()
      const file = await attach(anna, id, { ...PLAN, filename: 'План (1).txt' })
      expect(file).toMatchObject({
        filename: 'План (1).txt',
        mimeType: 'text/plain',
        size: PLAN.bytes.length,
      })
      expect(file).toMatchObject({ width: null, height: null, thumbnailUrl: null })
      const message = await say(anna, id, '', { attachmentIds: [file.id] })
      expect(message).toMatchObject({ type: 'text', content: '', attachments: [file] })
      expect((await hearing.next('message.created')).message).toMatchObject({ attachments: [file] })
      expect((await boris.ask('list-messages', { conversationId: id })).data).toEqual([message])
      expect(await shared(boris, id)).toEqual([file])
      const { status, bytes, headers } = await download(file.url)
      expect([status, bytes]).toEqual([200, PLAN.bytes])
      expect(headers.get('content-type')).toBe('application/octet-stream')
      expect(headers.get('content-disposition')).toMatch(/^attachment;/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    })

    test('is found by its address alone, which members are told and nobody can guess', async () => {
      const { anna, id } = await pair()
      const { url } = await attach(anna, id, PLAN)
      const { origin, pathname } = new URL(url)
      const folder = pathname.slice(0, pathname.lastIndexOf('/'))
      const guesses = [folder, `${folder}/`, pathname.replace(/.(?=\.\w+$)/, (c) => (c === '0' ? '1' : '0'))]
      for (const guess of guesses) expect((await download(origin + guess)).status, guess).toBe(404)
      expect((await download(url)).status).toBe(200)
    })

    test('comes into a message that was sent already, which is told once', async () => {
      const { anna, boris, id, hearing } = await listening()
      const message = await say(anna, id, 'The plan follows')
      const file = await attach(anna, id, PLAN, message.id)
      const again = { attachmentId: file.id, messageId: message.id }
      expect((await anna.ask('chat-attachment-finalize', again)).data).toEqual(file)
      const updated = await hearing.next('message.updated')
      expect(updated.message).toMatchObject({ id: message.id, attachments: [file], editedAt: null })
      const listed = await boris.ask('list-messages', { conversationId: id })
      expect(listed.data).toEqual([{ ...message, attachments: [file] }])
      await team.settled(boris, hearing)
      expect(hearing.rest().filter(({ event }) => event.type === 'message.updated')).toEqual([])
    })

    test('is its uploader’s alone, for one message of its conversation', async () => {
      const { anna, boris, id } = await pair()
      const [own, foreign] = [await say(anna, id, 'mine'), await say(boris, id, 'his')]
      const attachmentId = await upload(anna, id, PLAN)
      const sendWith = (person: Colleague, ids: string[], conversationId = id) =>
        person.call('send-message', { conversationId, content: 'x', attachmentIds: ids })
      const refused = async (person: Colleague, place?: string) => {
        const errors = problem(await sendWith(person, [attachmentId], place), '/problems/invalid', 422)
        expect(Object.keys(errors ?? {})).toEqual(['attachmentIds'])
      }
      const finalize = (person: Colleague, messageId?: string) =>
        person.call('chat-attachment-finalize', { attachmentId, ...(messageId && { messageId }) })
      await refused(anna)
      problem(await finalize(boris), '/problems/not-found', 404)
      problem(await finalize(anna, foreign.id), '/problems/forbidden', 403)
      await refused(boris)
      await refused(anna, (await group(anna)).id)
      expect(await shared(boris, id)).toEqual([])
      expect((await sendWith(anna, [attachmentId])).status).toBe(201)
      await refused(anna)
      problem(await finalize(anna, own.id), '/problems/conflict', 409)
      expect(await shared(boris, id)).toHaveLength(1)
    })

    test('of who was removed meanwhile is neither checked nor sent', async () => {
      const { anna, boris, id } = await pair()
      const attachmentId = await upload(boris, id, PLAN)
      await anna.run('remove-conversation-member', { id, userId: boris.id })
      problem(await boris.call('chat-attachment-finalize', { attachmentId }), '/problems/forbidden', 403)
      problem(await boris.call('list-conversation-attachments', { id }), '/problems/forbidden', 403)
      expect(await shared(anna, id)).toEqual([])
    })

    test('goes ten at a time and no more', async () => {
      const { anna, id } = await pair()
      const attachmentIds: string[] = []
      for (let n = 0; n < 11; n++) attachmentIds.push((await attach(anna, id, text(`${n}`))).id)
      const input = { conversationId: id, content: 'all', attachmentIds }
      const tooMany = await team.api().callWrongly('send-message', input, anna.headers)
      expect(Object.keys(problem(tooMany, '/problems/invalid', 422) ?? {})).toEqual(['attachmentIds'])
      const { id: messageId, ...ten } = await say(anna, id, 'ten', { attachmentIds: attachmentIds.slice(1) })
      expect(ten.attachments.map((file) => file.id)).toEqual(attachmentIds.slice(1))
      const eleventh = { attachmentId: attachmentIds[0], messageId }
      problem(await anna.call('chat-attachment-finalize', eleventh), '/problems/conflict', 409)
    })

    test('is gone with its message, from the list and from its address', async () => {
      const { anna, boris, id } = await pair()
      const file = await attach(anna, id, { bytes: await picture('png', 40, 30), mimeType: 'image/png' })
      const { id: messageId } = await say(anna, id, '', { attachmentIds: [file.id] })
      await anna.run('delete-message', { id: messageId })
      expect(await shared(boris, id)).toEqual([])
      for (const url of [file.url, file.thumbnailUrl ?? ''])
        expect((await download(url)).status, url).toBe(404)
    })

    test('is listed the last sent first, in pages, since one came where the conversation says so', async () => {
      const { org, anna, boris, id } = await pair({ historyMode: 'since_join' })
      const sent: string[] = []
      const send = async (...files: LocalFile[]) => {
        const attachmentIds: string[] = []
        for (const file of files) attachmentIds.push((await attach(anna, id, file)).id)
        await say(anna, id, 'files', { attachmentIds })
        sent.unshift(...attachmentIds.reverse())
      }
      await send(text('1'), text('2'))
      await send(text('3'))
      const clara = await team.colleague({ org })
      await anna.run('add-conversation-member', { id, userIds: [clara.id] })
      await send(text('4'), text('5'))
      const seen: string[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const place = cursor === undefined ? {} : { cursor }
        const { data, page } = await boris.ask('list-conversation-attachments', { id, limit: 2, ...place })
        seen.push(...data.map((file) => file.id))
        cursor = page.nextCursor
      }
      expect(seen).toEqual(sent)
      expect((await shared(clara, id)).map((file) => file.id)).toEqual(sent.slice(0, 2))
    })
  })

  describe('an upload', () => {
    type Attempt = (allowed: UploadTicket, another: UploadTicket) => ReturnType<typeof put>
    const at = (allowed: UploadTicket, uploadUrl: string) => put({ ...allowed, uploadUrl }, PLAN.bytes)
    const attempts: [string, Attempt][] = [
      ['one byte more', (allowed) => put(allowed, Buffer.concat([PLAN.bytes, Buffer.from('!')]))],
      ['one byte less', (allowed) => put(allowed, PLAN.bytes.subarray(1))],
      ['another type', (allowed) => put(allowed, PLAN.bytes, { 'Content-Type': 'text/html' })],
      ['another signature', (allowed) => at(allowed, `${allowed.uploadUrl.slice(0, -3)}AAA`)],
      ['a later expiry', (allowed) => at(allowed, allowed.uploadUrl.replace('expires=', 'expires=9'))],
      [
        'the signature for another',
        (allowed, { attachmentId }) =>
          at(allowed, allowed.uploadUrl.replace(/uploads\/\d+/, `uploads/${attachmentId}`)),
      ],
    ]
    test.each(attempts)('is refused with %s', async (_, attempt) => {
      const { anna, boris, id } = await pair()
      const [allowed, another] = [await ticketFor(anna, id, PLAN), await ticketFor(boris, id, PLAN)]
      expect((await attempt(allowed, another)).status).toBe(403)
      const { attachmentId } = allowed
      problem(await anna.call('chat-attachment-finalize', { attachmentId }), '/problems/conflict', 409)
    })

    test('may be repeated until it is finalized, and changes nothing afterwards', async () => {
      const { anna, id } = await pair()
      const ticket = await ticketFor(anna, id, PLAN)
      const [first, last] = [Buffer.from(PLAN.bytes).fill('1'), Buffer.from(PLAN.bytes).fill('2')]
      for (const bytes of [first, last]) expect((await put(ticket, bytes)).status).toBe(204)
      const { attachmentId } = ticket
      const { url } = (await anna.ask('chat-attachment-finalize', { attachmentId })).data
      expect((await put(ticket, first)).status).toBe(409)
      expect((await download(url)).bytes).toEqual(last)
    })
  })

  describe('an image', () => {
    test('is written anew, upright and without its place, with a thumbnail', async () => {
      const { anna, id } = await pair()
      const bytes = await phonePhoto(1200, 800)
      const image = await attach(anna, id, { bytes, filename: 'beach.jpg', mimeType: 'image/jpeg' })
      expect(image).toMatchObject({ filename: 'beach.jpg', mimeType: 'image/jpeg', width: 800, height: 1200 })
      const [full, thumbnail] = [await download(image.url), await download(image.thumbnailUrl ?? '')]
      expect(image.size).toBe(full.bytes.length)
      for (const reply of [full, thumbnail]) {
        expect(reply.headers.get('content-disposition')).toBe('inline')
        expect(reply.bytes.includes('SecretPhone')).toBe(false)
        expect((await sharp(reply.bytes).metadata()).exif).toBeUndefined()
      }
      expect(await sharp(full.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 800, height: 1200 })
      const { width, height } = await sharp(thumbnail.bytes).metadata()
      expect(Math.max(width, height)).toBeLessThan(800)
      expect(width / height).toBeCloseTo(800 / 1200, 1)
    })

    const wrong: [string, () => Promise<LocalFile>][] = [
      ['a PNG as JPEG', async () => ({ bytes: await picture('png', 9, 9), mimeType: 'image/jpeg' })],
      ['a text as WebP', async () => ({ ...PLAN, mimeType: 'image/webp' })],
      [
        'half a picture',
        async () => half({ bytes: await picture('jpeg', 300, 300), mimeType: 'image/jpeg' }),
      ],
      ['10,001 pixels in a row', async () => ({ bytes: greyPng(10_001, 1), mimeType: 'image/png' })],
      ['a text as PDF', async () => ({ ...PLAN, mimeType: 'application/pdf' })],
    ]
    const half = ({ bytes, ...rest }: LocalFile) => ({ ...rest, bytes: bytes.subarray(0, bytes.length / 2) })
    test.each(wrong)('is not %s: it is refused and cannot be sent', async (_, make) => {
      const { anna, id } = await pair()
      const attachmentId = await upload(anna, id, await make())
      problem(await anna.call('chat-attachment-finalize', { attachmentId }), '/problems/invalid', 422)
      const input = { conversationId: id, content: 'x', attachmentIds: [attachmentId] }
      problem(await anna.call('send-message', input), '/problems/invalid', 422)
    })

    test('has at most 10 MB, and any other file 25', async () => {
      const { anna, id } = await pair()
      const ask = (mimeType: string, size: number) =>
        anna.call('chat-attachment-upload-ticket', { conversationId: id, filename: 'x', mimeType, size })
      const MB = 1024 * 1024
      for (const [mimeType, most] of [
        ['image/png', 10 * MB],
        ['video/mp4', 25 * MB],
      ] as const) {
        expect((await ask(mimeType, most)).status).toBe(200)
        const errors = problem(await ask(mimeType, most + 1), '/problems/invalid', 422)
        expect(Object.keys(errors ?? {})).toEqual(['size'])
      }
    })
  })
}

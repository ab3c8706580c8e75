import { managedDialogListResponse, managedDialogResponse } from '@parley/wire/dialogs'
import type { ManagedDialog } from '@parley/wire/dialogs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { getUser } from '../../src/core/users.ts'
import { eachStore } from '../support/databases.ts'
import { ADMIN_TOKENS, openDialogs, refusal, scope, succeeded } from '../support/dialogs.ts'
import type { Dialogs } from '../support/dialogs.ts'

const OBJECT = { object_type: 'order', object_id: '7' }
const UNKNOWN_ID = '00000000-0000-8000-8000-000000000002'
const LONG = 'x'.repeat(256)

const ROUTES = [
  'POST /dialogs',
  'POST /dialogs/search',
  'GET /dialogs/:id',
  'DELETE /dialogs/:id',
  'POST /dialogs/:id/participants',
  'DELETE /dialogs/:id/participants/anna',
  'PUT /dialogs/:id/access-scopes',
  'GET /nowhere',
]

eachStore('the management of dialogs', (database) => {
  let dialogs: Dialogs

  beforeAll(async () => {
    dialogs = await openDialogs(database())
  })
  afterAll(() => dialogs.close())

  const create = async (more: object = {}): Promise<ManagedDialog> => {
    const body = { ...OBJECT, participants: [{ user_id: 'anna', display_name: 'Anna' }], ...more }
    return succeeded(managedDialogResponse, await dialogs.manage('POST /dialogs', body)).data
  }

  const get = async (id: string) =>
    succeeded(managedDialogResponse, await dialogs.manage(`GET /dialogs/${id}`)).data

  it('starts dialogs, of people whom nobody has heard of before', async () => {
    const dialog = await create({
      title: 'Order 7',
      object_url: 'https://shop.example/orders/7',
      participants: [
        { user_id: 'new-1', display_name: 'Nora', company: 'Acme', email: 'nora@acme.example', phone: '+1' },
        { user_id: 'new-2', display_name: 'Nils' },
      ],
      access_scopes: [{ tenant_uid: 'acme', scope_level1: ['sales'] }],
      meta: { colour: 'green' },
    })
    expect(dialog).toMatchObject({
      ...OBJECT,
      title: 'Order 7',
      object_url: 'https://shop.example/orders/7',
      created_by: null,
      meta: { colour: 'green' },
      participants_count: 2,
      participants: [
        { user_id: 'new-1', display_name: 'Nora', company: 'Acme', email: 'nora@acme.example', phone: '+1' },
        { user_id: 'new-2', display_name: 'Nils', company: null, email: null, joined_as: 'participant' },
      ],
      access_scopes: [scope(['acme'], ['sales'])],
    })
    expect(await get(dialog.id)).toEqual(dialog)
    expect(await getUser(dialogs.server.chat, 'new-1')).toMatchObject({ displayName: 'Nora', role: 'user' })
  })

  it('finds the dialogs about something that are open to just these', async () => {
    const object = { object_type: 'order', object_id: 'searched' }
    const open = await create({ ...object, access_scopes: [scope(['a', 'b'])] })
    const closed = await create(object)
    const search = async (access_scopes?: object[]) => {
      const reply = await dialogs.manage('POST /dialogs/search', { ...object, access_scopes })
      return succeeded(managedDialogListResponse, reply).data.map(({ id }) => id)
    }
    expect(await search([scope(['b', 'a'])])).toEqual([open.id])
    expect(await search()).toEqual([closed.id])
    expect(await search([scope(['a'])])).toEqual([])
  })

  it('adds and removes participants, once or again', async () => {
    const { id } = await create()
    const path = `/dialogs/${id}/participants`
    const boris = { user_id: 'boris/ü', display_name: 'Boris' }
    for (let n = 0; n < 2; n++) {
      const added = succeeded(managedDialogResponse, await dialogs.manage(`POST ${path}`, boris), 201).data
      expect(added.participants.map(({ user_id }) => user_id)).toEqual(['anna', 'boris/ü'])
    }
    const remove = () => dialogs.manage(`DELETE ${path}/${encodeURIComponent(boris.user_id)}`)
    for (let n = 0; n < 2; n++) expect(await remove()).toMatchObject({ status: 204, body: null })
    expect(await get(id)).toMatchObject({ participants_count: 1 })
  })

  it('says whom a dialog is open to', async () => {
    const { id } = await create({ access_scopes: [scope(['a'])] })
    const put = (access_scopes: object[]) =>
      dialogs.manage(`PUT /dialogs/${id}/access-scopes`, { access_scopes })
    const many = [scope(['a']), scope([], ['b'], ['c'])]
    expect(succeeded(managedDialogResponse, await put(many)).data.access_scopes).toEqual(many)
    expect(succeeded(managedDialogResponse, await put([])).data.access_scopes).toEqual([])
    expect((await get(id)).access_scopes).toEqual([])
  })

  it('deletes a dialog for good', async () => {
    const person = await dialogs.person()
    const { id } = await dialogs.open([person])
    expect(await dialogs.manage(`DELETE /dialogs/${id}`)).toMatchObject({ status: 204, body: null })
    refusal(await dialogs.manage(`DELETE /dialogs/${id}`), 'DIALOG_NOT_FOUND')
    refusal(await dialogs.ask(person, `GET /dialogs/${id}`), 'DIALOG_NOT_FOUND')
    expect(await dialogs.list(person)).toEqual([])
  })

  it('knows nothing of what it does not know', async () => {
    for (const id of [UNKNOWN_ID, 'x', '7']) {
      const path = `/dialogs/${id}`
      refusal(await dialogs.manage(`GET ${path}`), 'DIALOG_NOT_FOUND')
      refusal(await dialogs.manage(`DELETE ${path}`), 'DIALOG_NOT_FOUND')
      refusal(await dialogs.manage(`DELETE ${path}/participants/anna`), 'DIALOG_NOT_FOUND')
      refusal(await dialogs.manage(`PUT ${path}/access-scopes`, { access_scopes: [] }), 'DIALOG_NOT_FOUND')
      const anna = { user_id: 'anna', display_name: 'Anna' }
      refusal(await dialogs.manage(`POST ${path}/participants`, anna), 'DIALOG_NOT_FOUND')
    }
    refusal(await dialogs.manage('GET /nowhere'), 'NOT_FOUND')
  })

  it.each([
    ['object_id', { object_id: '' }],
    ['object_id', { object_id: LONG }],
    ['object_type', { object_type: undefined }],
    ['title', { title: LONG }],
    ['object_url', { object_url: 7 }],
    ['object_url', { object_url: 'javascript:alert(1)' }],
    ['object_url', { object_url: '//elsewhere.example' }],
    ['participants', { participants: [] }],
    ['participants', { participants: undefined }],
    ['participants.0.user_id', { participants: [{ display_name: 'x' }] }],
    ['participants.0.display_name', { participants: [{ user_id: 'x' }] }],
    ['participants.0.company', { participants: [{ user_id: 'x', display_name: 'x', company: 'a\0' }] }],
    ['access_scopes', { access_scopes: {} }],
    ['access_scopes.0.scope_level0', { access_scopes: [{ scope_level0: 'a' }] }],
    ['meta', { meta: [] }],
    ['meta', { meta: { a: 'x'.repeat(8190) } }],
    ['meta', { meta: { a: '\0' } }],
  ])('refuses a wrong %s: %j', async (field, wrong) => {
    const body = { ...OBJECT, participants: [{ user_id: 'anna', display_name: 'Anna' }], ...wrong }
    expect(refusal(await dialogs.manage('POST /dialogs', body), 'VALIDATION_ERROR')).toMatch(`${field}: `)
  })

  it.each(ROUTES)('is for those who have one of its tokens: %s', async (what) => {
    const path = what.replace(' ', ' /management').replace(':id', UNKNOWN_ID)
    const ask = async (authorization?: string) =>
      dialogs.request({ what: path, headers: authorization === undefined ? {} : { authorization } })
    for (const token of ADMIN_TOKENS) expect((await ask(`Bearer ${token}`)).status).toBeOneOf([400, 404])
    for (const absent of [undefined, '', 'Bearer', 'Bearer  ', `Basic ${ADMIN_TOKENS[0]}`, ADMIN_TOKENS[0]])
      refusal(await ask(absent), 'UNAUTHORIZED')
    const user = (await dialogs.person()).token
    for (const wrong of ['x', `${ADMIN_TOKENS[0]}x`, ADMIN_TOKENS[0]?.slice(1), ADMIN_TOKENS.join(','), user])
      refusal(await ask(`Bearer ${wrong}`), 'FORBIDDEN')
  })

  it('is not there without any token', async () => {
    const without = await openDialogs(database(), { PARLEY_ADMIN_TOKENS: '' })
    for (const what of ROUTES) refusal(await without.manage(what.replace(':id', UNKNOWN_ID), {}), 'NOT_FOUND')
    await without.close()
  })
})

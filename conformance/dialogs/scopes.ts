import { expect, test } from 'vitest'
import { joinedResponse } from '@parley/wire/dialogs'
import { answered, dialogAbout, getDialog, listDialogs, refusal, scopeHeader, type Guest } from './guest.ts'
import type { House } from './house.ts'

const scope = (level0: string[], level1: string[] = [], level2: string[] = []) => ({
  scope_level0: level0,
  scope_level1: level1,
  scope_level2: level2,
})

type Row = [name: string, dialog: object[], person: object, isOpen: boolean]

const rows: Row[] = [
  ['no scopes: to nobody', [], scope(['a'], ['b'], ['c']), false],
  ['an empty scope: to everybody', [scope([])], scope([]), true],
  ['an empty scope: to everybody who says something', [scope([])], scope(['a'], ['b'], ['c']), true],
  ['the same on all three levels', [scope(['a'], ['b'], ['c'])], scope(['a'], ['b'], ['c']), true],
  [
    'one of several on each',
    [scope(['x', 'a'], ['b', 'y'], ['c', 'z'])],
    scope(['a', 'q'], ['r', 'b'], ['c']),
    true,
  ],
  ['level 0 differs', [scope(['a'], ['b'], ['c'])], scope(['x'], ['b'], ['c']), false],
  ['level 1 differs', [scope(['a'], ['b'], ['c'])], scope(['a'], ['x'], ['c']), false],
  ['level 2 differs', [scope(['a'], ['b'], ['c'])], scope(['a'], ['b'], ['x']), false],
  ['a level that the dialog leaves open', [scope(['a'], [], ['c'])], scope(['a'], ['x'], ['c']), true],
  ['a level of which the person says nothing', [scope(['a'], ['b'], [])], scope(['a'], [], ['c']), false],
  ['what is on another level', [scope(['a'])], scope([], ['a'], ['a']), false],
  ['any of several scopes', [scope(['x']), scope(['y'], ['z']), scope(['a'])], scope(['a']), true],
  [
    'not half of one and half of another',
    [scope(['a'], ['x']), scope(['x'], ['b'])],
    scope(['a'], ['b']),
    false,
  ],
  ['small and capital letters apart', [scope(['Acme'])], scope(['acme']), false],
  ['texts as they are', [scope(['ООО "Ромашка" {,}', "it's \\ %_"])], scope(["it's \\ %_"]), true],
  ['the older form', [scope(['a'], ['b'])], { tenant_uid: 'a', scope_level1: ['b'], scope_level2: [] }, true],
  [
    'the older form of another',
    [scope(['a'])],
    { tenant_uid: 'x', scope_level1: [], scope_level2: [] },
    false,
  ],
  [
    'the older form on both sides',
    [{ tenant_uid: 'a', scope_level1: ['b'] }],
    { tenant_uid: 'a', scope_level1: ['b'] },
    true,
  ],
]

export function scopes(house: House) {
  test.each(rows)('%s', async (_, access_scopes, said, isOpen) => {
    const owner = await house.guest()
    const person = await house.guest({ scopes: said })
    const { id, object_type, object_id } = await house.open([owner], { access_scopes })
    const available = await listDialogs(person, '?type=available&limit=100')
    expect(available.some((dialog) => dialog.id === id)).toBe(isOpen)
    expect((await dialogAbout(person, object_type, object_id))?.id).toBe(isOpen ? id : undefined)
    for (const path of ['', '/participants']) {
      const reply = await person.call(`GET /dialogs/${id}${path}`)
      if (isOpen) expect(reply.status).toBe(200)
      else refusal(reply, 'SCOPE_MISMATCH')
    }
    const reply = await person.call(`POST /dialogs/${id}/join`, { display_name: 'Somebody', company: '' })
    if (!isOpen) refusal(reply, 'SCOPE_MISMATCH')
    else expect(answered(joinedResponse, reply).dialog_id).toBe(id)
    expect((await getDialog(owner, id)).participants_count).toBe(isOpen ? 2 : 1)
  })

  test('who is in stays in, whatever their scopes say', async () => {
    const anna = await house.guest({ scopes: scope(['other']) })
    const { id } = await house.open([anna], { access_scopes: [scope(['acme'])] })
    for (const person of [anna, anna.within({})]) expect((await listDialogs(person))[0]?.id).toBe(id)
  })

  test('the header may be base64 for addresses, and without padding', async () => {
    const owner = await house.guest()
    const { id } = await house.open([owner], { access_scopes: [scope(['???>>>'])] })
    const person = await house.guest()
    const header = scopeHeader(scope(['???>>>']))
    expect(header).toMatch(/[+/]/)
    const forms = [header, header.replaceAll('+', '-').replaceAll('/', '_'), header.replace(/=+$/, '')]
    const ask = (who: Guest, form: string) =>
      who.call(`GET /dialogs/${id}`, undefined, { 'x-scope-config': form })
    for (const form of forms) expect((await ask(person, form)).status).toBe(200)
  })
}

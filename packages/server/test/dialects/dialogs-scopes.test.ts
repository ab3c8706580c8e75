import { neededScopeHeaders, scopeHeaders } from '@parley/wire/dialogs-requests'
import { expect, it } from 'vitest'
import { scopeHeader } from '../support/dialogs.ts'

const read = (header: string | undefined) => scopeHeaders.safeParse({ 'x-scope-config': header })

const scopes = (level0: string[], level1: string[] = [], level2: string[] = []) => ({
  level0,
  level1,
  level2,
})

it.each([
  [
    'all levels',
    { scope_level0: ['a', 'b'], scope_level1: ['c'], scope_level2: ['d'] },
    scopes(['a', 'b'], ['c'], ['d']),
  ],
  ['some levels', { scope_level1: ['c'] }, scopes([], ['c'])],
  ['nothing', {}, scopes([])],
  ['more than is known', { scope_level0: ['a'], scope_level3: ['z'] }, scopes(['a'])],
  [
    'the older form',
    { tenant_uid: 't', scope_level1: ['c'], scope_level2: ['d'] },
    scopes(['t'], ['c'], ['d']),
  ],
  ['both forms', { tenant_uid: 't', scope_level0: ['a'] }, scopes(['a'])],
  ['letters of any kind', { scope_level0: ['Отдел продаж 🚚'] }, scopes(['Отдел продаж 🚚'])],
])('the scope header says %s', (_, json, expected) => {
  expect(read(scopeHeader(json))).toMatchObject({ success: true, data: { 'x-scope-config': expected } })
})

it('the scope header may be written for URLs, and without its last signs', () => {
  const header = Buffer.from(JSON.stringify({ scope_level0: ['??>>??>~'] })).toString('base64url')
  expect(header).toMatch(/[-_]/)
  expect(read(header).data).toEqual({ 'x-scope-config': scopes(['??>>??>~']) })
})

it.each([
  ['is empty', ''],
  ['is JSON, but not in base64', '{"scope_level0":["a"]}'],
  ['is base64 of no JSON', Buffer.from('scope').toString('base64')],
  ['is base64 of bytes that are no text', Buffer.from([0x22, 0xff, 0x22]).toString('base64')],
  ['is a list', scopeHeader(['a'])],
  ['is null', scopeHeader(null)],
  ['has a level that is no list', scopeHeader({ scope_level0: 'a' })],
  ['has a level of other than texts', scopeHeader({ scope_level1: [1] })],
  ['has a level that is null', scopeHeader({ scope_level2: null })],
  ['names a tenant by number', scopeHeader({ tenant_uid: 7 })],
  ['has an entry that is too long', scopeHeader({ scope_level0: ['x'.repeat(256)] })],
  ['has U+0000 in an entry', scopeHeader({ scope_level0: ['a\0'] })],
  ['is too long itself', scopeHeader({ scope_level0: Array.from({ length: 2000 }, (_, n) => `${n}`) })],
])('the scope header is refused where it %s', (_, header) => {
  expect(read(header).error?.issues.map(({ path }) => path[0])).toContain('x-scope-config')
})

it('the scope header may be left out, unless it is needed', () => {
  expect(read(undefined)).toMatchObject({ success: true, data: {} })
  expect(neededScopeHeaders.safeParse({}).error?.issues).toMatchObject([{ message: 'is required' }])
})

import { expect, test } from 'vitest'
import { eachStore } from '../support/databases.ts'

eachStore('the values of a database', (db) => {
  const valueOf = async (expression: string, ...params: unknown[]): Promise<unknown> => {
    const [row] = await db().query<{ value: unknown }>(`select ${expression} as value`, params)
    return row?.value
  }

  test.each<[expression: string, value: unknown]>([
    ['9007199254740991::bigint', Number.MAX_SAFE_INTEGER],
    ['(-5000000000)::bigint', -5_000_000_000],
    ['(select count(*) from generate_series(1, 3))', 3],
    ['array[1, null, 5000000000]::bigint[]', [1, null, 5_000_000_000]],
    [
      'array[[1, 2], [3, 4]]::bigint[]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['42::int', 42],
    ['-7::smallint', -7],
    ['0.1::float8', 0.1],
    ['1.5::float4', 1.5],
    ["'NaN'::float8", Number.NaN],
    ['12345678901234567890.5::numeric', '12345678901234567890.5'],
    ['true', true],
    ['null::text', null],
    ["''", ''],
    ["timestamptz '2026-11-21 10:00:00.123+02'", new Date('2026-11-21T08:00:00.123Z')],
    ["date '2026-11-21'", '2026-11-21'],
    [`'{"a": [1, null, {"b": "ж"}]}'::jsonb`, { a: [1, null, { b: 'ж' }] }],
    [`'[]'::json`, []],
    ["'null'::jsonb", null],
    ["'{}'::text[]", []],
    [
      `array['a', null, 'NULL', 'with "quotes", {braces} and \\', '']`,
      ['a', null, 'NULL', 'with "quotes", {braces} and \\', ''],
    ],
    ["'\\x00ff10'::bytea", Buffer.from([0, 255, 16])],
    ["'\\x'::bytea", Buffer.alloc(0)],
    ["'7d444840-9dc0-11d1-b245-5ffdce74fad2'::uuid", '7d444840-9dc0-11d1-b245-5ffdce74fad2'],
    ["'Привет, 👋🏽 мир\u200d'", 'Привет, 👋🏽 мир\u200d'],
  ])('reads %s', async (expression, value) => {
    expect(await valueOf(expression)).toEqual(value)
  })

  test.each<[type: string, given: unknown, read: unknown]>([
    ['bigint', 5_000_000_000, 5_000_000_000],
    ['int', null, null],
    ['int', undefined, null],
    ['float8', 1e-300, 1e-300],
    ['numeric', 0.1, '0.1'],
    ['boolean', false, false],
    ['text', 'it’s 🎉\n\t"\\', 'it’s 🎉\n\t"\\'],
    ['text', '{not,an,array}', '{not,an,array}'],
    ['timestamptz', new Date(1_700_000_000_123), new Date(1_700_000_000_123)],
    ['jsonb', JSON.stringify({ text: '💬', list: [1] }), { text: '💬', list: [1] }],
    ['bytea', Buffer.from('📎'), Buffer.from('📎')],
    ['text[]', ['a', null, '', 'NULL', 'x,"y"\\'], ['a', null, '', 'NULL', 'x,"y"\\']],
    ['text[]', [], []],
    ['bigint[]', [1, 5_000_000_000, null], [1, 5_000_000_000, null]],
    ['timestamptz[]', [new Date(0), null], [new Date(0), null]],
    ['bytea[]', [Buffer.from([1]), null], [Buffer.from([1]), null]],
    ['boolean[]', [true, false], [true, false]],
  ])('takes and returns a %s %j', async (type, given, read) => {
    expect(await valueOf(`$1::${type}`, given)).toEqual(read)
  })

  test('returns a text of a megabyte, and a thousand rows, as they are', async () => {
    const text = 'я🙂'.repeat(150_000)
    expect(await valueOf('$1::text', text)).toBe(text)
    const rows = await db().query<{ id: number }>('select id from generate_series(1, 1000) id')
    expect(rows.map((row) => row.id)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1))
  })

  test('refuses a bigint that a JavaScript number cannot hold', async () => {
    await expect(valueOf('9007199254740993::bigint')).rejects.toThrow('9007199254740993')
    expect(await valueOf('1')).toBe(1)
  })
})

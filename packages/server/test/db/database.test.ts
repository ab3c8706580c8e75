import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import type { Queryable } from '../../src/db/database.ts'
import { eachStore } from '../support/databases.ts'

eachStore('a database', (db, store) => {
  beforeAll(() =>
    db().execute('create table things (id bigint primary key, name text constraint named_once unique)'),
  )

  const names = async (): Promise<string[]> => {
    const rows = await db().query<{ name: string }>('select name from things order by id')
    return rows.map((row) => row.name)
  }
  const insert = 'insert into things (id, name) values ($1, $2)'

  test('knows its kind', () => {
    expect(db().kind).toBe(store)
  })

  test('answers statements that are asked at once, each its own', async () => {
    const asked = Array.from({ length: 100 }, (_, index) => index)
    const answers = await Promise.all(asked.map((n) => db().query<{ n: number }>('select $1::int as n', [n])))
    expect(answers.map(([row]) => row?.n)).toEqual(asked)
  })

  test('tells a violated constraint by its name', async () => {
    await db().query(insert, [1, 'taken'])
    await expect(db().query(insert, [2, 'taken'])).rejects.toMatchObject({
      code: '23505',
      constraint: 'named_once',
      table: 'things',
      detail: expect.stringContaining('taken') as string,
    })
  })

  test('reports a wrong statement and goes on', async () => {
    await expect(db().query('selec 1')).rejects.toMatchObject({ code: '42601' })
    await expect(db().query('select $1::int', ['x'])).rejects.toMatchObject({ code: '22P02' })
    expect(await db().query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('asks again what it could not understand before', async () => {
    const later = () => db().query('select count(*)::int as n from made_later')
    await expect(later()).rejects.toMatchObject({ code: '42P01' })
    await db().execute('create table made_later (id bigint)')
    expect(await later()).toEqual([{ n: 0 }])
  })

  test('runs a script of several statements, all of them or none', async () => {
    const script = `insert into things values (10, 'ten'); insert into things values (10, 'again')`
    await expect(db().execute(script)).rejects.toMatchObject({ code: '23505' })
    expect(await names()).not.toContain('ten')
  })

  test('commits what a transaction wrote when it resolves, and returns its value', async () => {
    const value = await db().transaction(async (tx) => {
      await tx.query(insert, [20, 'twenty'])
      return 'done'
    })
    expect(value).toBe('done')
    expect(await names()).toContain('twenty')
  })

  test('takes everything back when a transaction throws', async () => {
    const failing = db().transaction(async (tx) => {
      await tx.query(insert, [30, 'thirty'])
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await names()).not.toContain('thirty')
  })

  test('refuses to go on in a transaction, or to commit it, after a statement has failed', async () => {
    const failing = db().transaction(async (tx) => {
      await tx.query(insert, [40, 'forty'])
      await expect(tx.query(insert, [40, 'twice'])).rejects.toMatchObject({ code: '23505' })
      await expect(tx.query('select 1')).rejects.toMatchObject({ code: '25P02' })
    })
    await expect(failing).rejects.toThrow('nothing was committed')
    expect(await names()).not.toContain('forty')
  })

  test('runs nothing behind a statement that failed, the commit included', async () => {
    const outcomes: PromiseSettledResult<unknown>[] = []
    const failing = db().transaction(async (tx) => {
      const sent = [
        tx.query(`${insert} returning name`, [45, 'before']),
        tx.query(insert, [45, 'twice']),
        tx.query('select 1'),
      ]
      const settled = Promise.allSettled(sent).then((all) => outcomes.push(...all))
      await tx.commitBehind(Promise.all(sent)).finally(() => settled)
    })
    await expect(failing).rejects.toMatchObject({ code: '23505' })
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: [{ name: 'before' }] },
      { status: 'rejected', reason: { code: '23505' } },
      { status: 'rejected', reason: { code: '23505' } },
    ])
    expect(await names()).not.toContain('before')
  })

  test('says in an error who asked', async () => {
    const ask = async () => {
      await db().query('select 1 / 0')
    }
    const fault = await ask().catch((error: unknown) => error)
    expect((fault as Error).stack).toContain(import.meta.filename)
  })

  test('says of many that were asked at once who asked what failed', async () => {
    async function divide(tx: Queryable): Promise<void> {
      await tx.query('select 1 / 0')
    }
    const failing = db().transaction((tx) => tx.commitBehind(Promise.all([divide(tx), tx.query('select 1')])))
    const fault = await failing.catch((error: unknown) => error)
    expect((fault as Error).stack).toContain('divide')
  })

  test('tells of a commit that fails, although the statement did not', async () => {
    await db().execute('create table late (id bigint, unique (id) deferrable initially deferred)')
    const twice = db().query('insert into late values (1), (1)')
    await expect(twice).rejects.toMatchObject({ code: '23505' })
    expect(await db().query('select from late')).toEqual([])
  })

  test('commits nothing where a value cannot be sent', async () => {
    const endless: Record<string, unknown> = {}
    endless['self'] = endless
    const failing = db().transaction((tx) =>
      tx.commitBehind(
        Promise.all([tx.query(insert, [70, 'seventy']), tx.query('select $1::jsonb', [endless])]),
      ),
    )
    await expect(failing).rejects.toThrow('circular')
    await expect(db().query('select $1::jsonb', [endless])).rejects.toThrow('circular')
    expect(await names()).not.toContain('seventy')
  })

  test('runs nothing of a transaction that could not begin', async () => {
    const endless: Record<string, unknown> = {}
    endless['self'] = endless
    const failing = db().transaction(async (tx) => {
      await tx.query('select $1::jsonb', [endless]).catch(() => undefined)
      await tx.query(insert, [72, 'seventy-two'])
    })
    await expect(failing).rejects.toThrow('over')
    expect(await names()).not.toContain('seventy-two')
  })

  test('prepares statements anew that the connection does not keep any more', async () => {
    const ask = () => db().transaction((tx) => tx.query('select 73 as n'))
    await ask()
    await db().execute('deallocate all')
    await expect(ask()).rejects.toMatchObject({ code: '26000' })
    expect(await ask()).toEqual([{ n: 73 }])
  })

  test('prepares a statement anew whose rows have changed', async () => {
    await db().execute('create table changing (a int)')
    await db().query('select * from changing')
    await db().execute('alter table changing add b int; insert into changing values (1, 2)')
    await expect(db().query('select * from changing')).rejects.toMatchObject({ code: '0A000' })
    expect(await db().query('select * from changing')).toEqual([{ a: 1, b: 2 }])
  })

  test('says of a transaction why one of its statements could not be prepared', async () => {
    const failing = db().transaction(async (tx) => {
      await tx.query('select 1')
      await Promise.all([tx.query('select 2'), tx.query('select * from nowhere')])
    })
    await expect(failing).rejects.toMatchObject({ code: '42P01' })
  })

  test('commits nothing where what goes with the statements fails before they are sent', async () => {
    const failing = db().transaction((tx) =>
      tx.commitBehind(
        Promise.all([tx.query(insert, [71, 'seventy-one']), Promise.reject(new Error('changed my mind'))]),
      ),
    )
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await names()).not.toContain('seventy-one')
  })

  test('shows nobody what a transaction has not committed', async () => {
    const asOutsider = AsyncLocalStorage.snapshot()
    const seen = await db().transaction(async (tx) => {
      await tx.query(insert, [50, 'draft'])
      const outside = asOutsider(names)
      await turn()
      await tx.query(`update things set name = 'final' where id = 50`)
      return { outside } // in a record: where the outsider waits for the commit, the commit must not wait for it
    })
    expect(await seen.outside).not.toContain('draft')
    expect(await names()).toContain('final')
  })

  test('keeps transactions that are asked at once apart', async () => {
    await db().query(insert, [60, '0'])
    const increment = (): Promise<void> =>
      db().transaction(async (tx) => {
        const [row] = await tx.query<{ name: string }>('select name from things where id = 60 for update')
        await turn()
        await tx.query('update things set name = $1 where id = 60', [String(Number(row?.name) + 1)])
      })
    await Promise.all(Array.from({ length: 40 }, increment))
    expect(await names()).toContain('40')
  })

  test('refuses the database itself inside a transaction, where waiting would never end', async () => {
    await db().transaction(async () => {
      await expect(db().query('select 1')).rejects.toThrow('Inside a transaction')
      await expect(db().transaction(async () => undefined)).rejects.toThrow('Inside a transaction')
      await expect(db().notify('channel', '')).rejects.toThrow('Inside a transaction')
    })
    expect(await db().query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('refuses the handle of a transaction that is over', async () => {
    const tx = await db().transaction(async (handle) => handle)
    await expect(tx.query('select 1')).rejects.toThrow('is over')
  })

  test('lets what a transaction started use the database after the commit', async () => {
    const committed = Promise.withResolvers<undefined>()
    const { later } = await db().transaction(async () => ({
      later: committed.promise.then(() => db().query('select 1 as one')),
    }))
    committed.resolve(undefined)
    expect(await later).toEqual([{ one: 1 }])
  })

  test('finds its extensions', async () => {
    const rows = await db().query<{ extname: string }>('select extname from pg_extension order by extname')
    expect(rows.map((row) => row.extname)).toEqual(expect.arrayContaining(['btree_gin', 'pg_trgm']))
  })
})

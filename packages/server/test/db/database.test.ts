import { expect, test } from 'vitest'
import { eachStore } from '../support/databases.ts'

eachStore('a database', (db, store) => {
  test('knows its kind', () => {
    expect(db().kind).toBe(store)
  })
  test('answers', async () => {
    expect(await db().query('select count(*) from users')).toEqual([{ count: 0 }])
  })
})

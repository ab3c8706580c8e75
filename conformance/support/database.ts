import { openDatabase, type DatabaseOptions, type OpenedDatabase } from '../../packages/server/src/db/open.ts'

export type Database = OpenedDatabase['db']

/** Opens a database that no server has open, by the product's own driver. */
export async function withDatabase(
  where: Pick<DatabaseOptions, 'dataDir' | 'databaseUrl'>,
  work: (db: Database) => Promise<unknown>,
): Promise<void> {
  const { db } = await openDatabase({
    ...where,
    onError(error) {
      throw error
    },
  })
  try {
    await work(db)
  } finally {
    await db.close()
  }
}

import { openDatabase } from '../packages/server/src/db/open.ts'
import type { OpenedDatabase } from '../packages/server/src/db/open.ts'
import type { Home } from './context.ts'

export type Store = OpenedDatabase['db']

/** The database of a home, by Parley's own driver. An embedded one opens only while no server runs there. */
export async function openStore({ dataFolder, databaseUrl }: Home): Promise<Store> {
  const { db } = await openDatabase({
    dataDir: dataFolder,
    databaseUrl,
    onError(error) {
      throw error
    },
  })
  return db
}

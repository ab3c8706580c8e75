import { ConfigError } from '../config.ts'
import type { Database } from '../db/database.ts'
import { claimForDemo } from '../db/settings.ts'

/** Makes a new database the demo's. Throws ConfigError where real people may be in it. */
export async function claimDatabase(db: Database, dataFolder: string): Promise<void> {
  if (await claimForDemo(db)) return
  throw new ConfigError(
    `The database in ${dataFolder} was not made by the demo, which lets anybody sign in as its users: ` +
      'set PARLEY_DATA to another folder, or start without --demo (npm run serve).',
  )
}

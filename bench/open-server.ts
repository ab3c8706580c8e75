import { once } from 'node:events'
import { openStore } from './store.ts'

// Floor of a start: opens the database of a data folder, and does nothing with it.

const db = await openStore({ dataFolder: process.env['PARLEY_DATA'] ?? '', databaseUrl: undefined })
await db.query('select 1')
console.log('opened')
await once(process, 'SIGTERM')
await db.close()

import { prepareWebApp } from '../../src/demo/web-start.ts'
import type { WebApp } from '../../src/demo/web-app.ts'

/** What a start does before it opens a database, with the web app of its first argument. */
await prepareWebApp(process.stdout, JSON.parse(process.argv[2] ?? '') as WebApp)

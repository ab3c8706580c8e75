import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { timings } from './samples.ts'
import type { Sample } from './samples.ts'

export interface Script {
  clients: number
  seconds: number
  /** `$1` is a number between `first` and `last`, chosen anew for each transaction. */
  statements: string[]
  first: number
  last: number
}

export interface Pgbench {
  binary: string
  url: string
  /** For scripts and logs. */
  folder: string
}

/** Statements in one transaction, again and again, by PostgreSQL's own load generator. */
export async function runPgbench(
  { binary, url, folder }: Pgbench,
  { clients, seconds, statements, first, last }: Script,
): Promise<Sample> {
  const file = join(folder, 'script.sql')
  const lines = ['begin', ...statements, 'commit'].map((sql) => `${oneLine(sql)};`)
  await writeFile(file, [`\\set value random(${first}, ${last})`, ...lines].join('\n'))
  const logs = await mkdtemp(join(folder, 'logs-'))
  const threads = Math.min(clients, availableParallelism())
  const args = ['-n', '-M', 'prepared', '-f', file, '-c', clients, '-j', threads, '-T', Math.ceil(seconds)]
  await promisify(execFile)(binary, [...args.map(String), '-l', `--log-prefix=${join(logs, 'log')}`, url])
  return timings(await latenciesIn(logs), Math.ceil(seconds))
}

const oneLine = (sql: string) => sql.replaceAll(/\s+/g, ' ').replaceAll('$1', ':value')

/** One line for each transaction; its third word is how many microseconds it took. */
async function latenciesIn(folder: string): Promise<number[]> {
  const files = await readdir(folder)
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const lines = texts.flatMap((text) => text.trimEnd().split('\n'))
  return lines.map((line) => Number(line.split(' ')[2]) / 1000)
}

/// <reference lib="esnext.disposable" />
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { storesOf } from './options.ts'
import { createHome, createSchema, startDemo } from './parley.ts'
import { measureInTurn } from './samples.ts'
import type { Contender, Row, Sample } from './samples.ts'

/** From `npm run` to the line that says where the server listens, on a database that is there already. */
export async function start(context: Context): Promise<Row[]> {
  const { stack } = context
  const fastify: Contender = {
    name: 'bare Fastify',
    measure: () => time(stack, { folder: BENCH, script: 'floor' }),
  }
  const rows: Row[] = []
  for (const store of storesOf(context.options)) {
    const { dataFolder, databaseUrl } = await createSchema(context, store, 'start')
    const env = { PORT: '0', PARLEY_DATA: dataFolder, ...(databaseUrl && { DATABASE_URL: databaseUrl }) }
    const contenders: [Contender, ...Contender[]] = [
      { name: 'Parley', measure: () => time(stack, { folder: REPOSITORY, script: 'serve', env }) },
      fastify,
    ]
    if (store === 'embedded') {
      const measure = () => time(stack, { folder: BENCH, script: 'open', env })
      contenders.push({ name: 'its database alone', measure })
    }
    rows.push(await measureInTurn(`npm run serve, ${store}`, contenders, context))
  }
  const home = await createHome(context, 'embedded', 'start')
  await (await startDemo(context, home)).stop()
  const env = { PORT: '0', PARLEY_DATA: home.dataFolder }
  const demo: Contender = {
    name: 'Parley',
    measure: () => time(stack, { folder: REPOSITORY, script: 'start', env }),
  }
  rows.push(await measureInTurn('npm start, the demo', [demo, fastify], context))
  return rows
}

const BENCH = import.meta.dirname
const REPOSITORY = join(BENCH, '..')
const READY = /http:\/\/127\.0\.0\.1:\d+|opened/

interface Start {
  /** Of the package that has the script. */
  folder: string
  script: string
  env?: Record<string, string>
}

async function time(stack: AsyncDisposableStack, { folder, script, env }: Start): Promise<Sample> {
  const { PATH = '', HOME = '' } = process.env
  const begun = performance.now()
  const npm = spawn('npm', ['run', '--silent', script], {
    cwd: folder,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  const closed = once(npm, 'close')
  const end = async () => {
    // The whole group: npm would tell its shell alone.
    if (npm.pid !== undefined && npm.exitCode === null && npm.signalCode === null) process.kill(-npm.pid)
    await closed
  }
  stack.defer(end)
  const took = await new Promise<number>((resolve, reject) => {
    let output = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (READY.test(output)) resolve(performance.now() - begun)
    })
    npm.once('exit', () => reject(new Error(`npm run ${script} ended\n${output}`)))
  })
  await end()
  return { p50: took }
}

import { inspect } from 'node:util'
import { centrifuge } from './centrifuge.ts'
import type { Context } from './context.ts'
import { core } from './core.ts'
import { delivery } from './delivery.ts'
import { dialogs } from './dialogs.ts'
import { direct } from './direct.ts'
import { fanout } from './fanout.ts'
import { growth } from './growth.ts'
import { history, list } from './history.ts'
import { idle } from './idle.ts'
import { seedLibrary } from './library.ts'
import { USAGE, readOptions } from './options.ts'
import type { BenchName, Options } from './options.ts'
import { openPostgres } from './postgres.ts'
import { reconnect } from './reconnect.ts'
import { machineFacts, readReport, reportFile, writeReport } from './report.ts'
import type { Row } from './samples.ts'
import { send } from './send.ts'
import { start } from './start.ts'
import { tableOf } from './table.ts'
import { web } from './web.ts'

const BENCHES: Record<BenchName, (context: Context) => Promise<Row[]>> = {
  core,
  send,
  fanout,
  delivery,
  reconnect,
  history,
  list,
  growth,
  idle,
  dialogs,
  direct,
  centrifuge,
  web,
  start,
}

const INTERRUPTED = 130

async function main(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2))
  await using stack = new AsyncDisposableStack()
  const interrupt = () => {
    process.exitCode = INTERRUPTED
    void stack.disposeAsync().finally(() => process.exit())
  }
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  // An answer may fail before anybody waits for it; what was started is ended all the same.
  const failure = Promise.withResolvers<never>()
  process.on('uncaughtException', failure.reject)

  const log = (line: string) => process.stderr.write(`${line}\n`)
  const postgres = once(() => openPostgres(stack))
  const libraries = {
    embedded: once(() => seedLibrary(shared, 'embedded')),
    postgres: once(() => seedLibrary(shared, 'postgres')),
  }
  const shared: Context = { options, stack, postgres, library: (store) => libraries[store](), log }
  for (const bench of options.benches) {
    await using own = stack.use(new AsyncDisposableStack())
    await Promise.race([runBench(bench, { ...shared, stack: own }), failure.promise])
  }
}

async function runBench(bench: BenchName, context: Context): Promise<void> {
  const { options } = context
  const machine = machineFacts()
  const rows = await BENCHES[bench](context)
  const file = options.json ?? reportFile(bench)
  const earlier = options.compare ? await readReport(file) : undefined
  await writeReport(file, { bench, date: new Date().toISOString(), machine, options, rows })
  console.log(`\n${tableOf(rows, earlier?.rows)}\n`)
}

function optionsFrom(args: string[]): Options {
  try {
    return readOptions(args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`)
    process.exit(2)
  }
}

function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  return () => (started ??= start())
}

main().catch((error: unknown) => {
  // After Ctrl-C everything fails, as it should.
  if (process.exitCode === INTERRUPTED) return
  // What went wrong first, rather than what then went wrong while things were ended.
  const first = error instanceof SuppressedError ? (error.suppressed as unknown) : error
  process.stderr.write(`${inspect(first)}\n`)
  process.exit(1)
})

import fs from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** PostgreSQL itself, on the thread that opens it: bytes of the wire protocol in, bytes out, synchronously. */
export interface Engine {
  exchange(request: Uint8Array): Uint8Array<ArrayBuffer>
  close(): Promise<void>
}

export interface EngineOptions {
  folder: string
  /** Called when PostgreSQL has ended itself (a panic, a trap of the machine): nothing may run here any more. */
  onDeath: (reason: string) => never
}

const LONGJMP_TO_MAIN = 100
const STARTUP_PACKET = 0

// `-F` turns fsync off. Only `fsync` reaches the file system: PGlite's fdatasync does nothing and says it worked.
const START_PARAMS = [
  ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
  '-c',
  'wal_sync_method=fsync',
]

export async function openEngine({ folder, onDeath }: EngineOptions): Promise<Engine> {
  let lastWords: string | undefined
  const postgres = await PGlite.create({
    fs: syncingFileSystem(folder),
    extensions: { pg_trgm, btree_gin },
    startParams: START_PARAMS,
    onStderr: (line) => {
      lastWords = /(?:PANIC|FATAL): .*/.exec(line)?.[0] ?? lastWords
      return false
    },
  })
  dieOfUnknownExceptions(postgres, (error) => onDeath(lastWords ?? String(error)))
  return {
    exchange: (request) => exchange(postgres, request),
    close: () => postgres.close(),
  }
}

/** PGlite's file system for Node, with the `fsync` that it lacks. */
function syncingFileSystem(folder: string): NodeFS {
  const nodeFs = new NodeFS(folder)
  const init = nodeFs.init.bind(nodeFs)
  nodeFs.init = async (postgres, options) => {
    const { emscriptenOpts } = await init(postgres, options)
    emscriptenOpts.preRun = [
      ...(emscriptenOpts.preRun ?? []),
      (module: unknown) => addSync(module as SyncingModule),
    ]
    return { emscriptenOpts }
  }
  return nodeFs
}

/** The part of emscripten's module that PGlite does not declare. */
interface SyncingModule {
  NODEFS: {
    stream_ops: { fsync?: (stream: { nfd: number; node: { name: string } }) => number }
    tryFSOperation(operation: () => void): void
  }
}

// A segment of the log is written in full when it is made: from then on there is only its data to sync, which is
// what PostgreSQL itself does on Linux (0.37 ms instead of 0.61 ms here).
const LOG_SEGMENT = /^[0-9A-F]{24}$/

function addSync({ NODEFS }: SyncingModule): void {
  NODEFS.stream_ops.fsync = ({ nfd, node }) => {
    // A failure reaches PostgreSQL as an errno, and it panics.
    NODEFS.tryFSOperation(() => (LOG_SEGMENT.test(node.name) ? fs.fdatasyncSync(nfd) : fs.fsyncSync(nfd)))
    return 0
  }
}

/**
 * PGlite takes every exception of its main loop for an error of SQL and goes on, even after a panic or a trap,
 * with memory that nobody can trust.
 */
function dieOfUnknownExceptions(postgres: PGlite, die: (error: unknown) => never): void {
  const module = postgres.Module
  const loopOnce = module._PostgresMainLoopOnce
  module._PostgresMainLoopOnce = () => {
    try {
      loopOnce()
    } catch (error) {
      if ((error as { status?: number }).status !== LONGJMP_TO_MAIN) die(error)
      throw error
    }
  }
}

function exchange(postgres: PGlite, request: Uint8Array): Uint8Array<ArrayBuffer> {
  if (request[0] === STARTUP_PACKET) return postgres.execProtocolRawSync(request).slice()
  const parts: Uint8Array<ArrayBuffer>[] = []
  // Returns when all has been said; the promise is only for `syncToFs`.
  void postgres.execProtocolRawStream(request, {
    syncToFs: false,
    onRawData: (part) => void parts.push(part.slice()), // it is a view into the memory that comes next
  })
  return join(parts)
}

function join(parts: Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [first] = parts
  if (first && parts.length === 1) return first
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

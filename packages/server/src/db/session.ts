import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { ClientBase, QueryResultRow } from 'pg'
import type { Transaction } from './database.ts'

/**
 * Texts are fixed and look rows up by key. So each is planned once for each connection, not once for each set of
 * parameters, and never as a scan because its table was still small at that time.
 */
export const PLANNING = [
  'plan_cache_mode=force_generic_plan',
  'random_page_cost=1.1',
  'enable_seqscan=off',
  'jit=off',
]

const NAMED_STATEMENTS = 2_000

/** Names a statement after its text. Past `limit` different texts (somebody builds them) there are no more names. */
export type NameOf = (text: string) => string | undefined

export function createNaming(limit = NAMED_STATEMENTS): NameOf {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= limit) return known
    const name = `parley_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
    names.set(text, name)
    return name
  }
}

export async function runStatement<Row>(
  client: ClientBase,
  nameOf: NameOf,
  text: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  const name = nameOf(text)
  const values = params as unknown[] // pg only reads them
  corkForTurn(client)
  const result = await client.query<QueryResultRow>(name ? { name, text, values } : { text, values })
  return result.rows as Row[] // the caller names the row beside the statement
}

/** What is sent within a turn of the event loop leaves together: each write is a call of the system. */
function corkForTurn(client: ClientBase): void {
  const { stream } = (client as ClientBase & { connection: { stream: Duplex } }).connection
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

export async function runScript(client: ClientBase, script: string): Promise<void> {
  await client.query(script)
}

/** Runs `work` between begin and commit, on a connection that nobody else uses meanwhile. */
export async function runTransaction<T>(
  client: ClientBase,
  nameOf: NameOf,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const state: State = { open: true, end: null }
  corkForTurn(client)
  const begun = client.query('begin isolation level read committed')
  begun.catch(() => undefined) // the statement sent behind it reports the same fault
  try {
    const result = await inside.run(state, () => work(transactionOn(client, nameOf, state)))
    await begun
    await (state.end ?? commit(client, state))
    return result
  } catch (error) {
    state.open = false
    await client.query('rollback').catch(() => undefined) // a broken connection has rolled back already
    throw error
  }
}

interface State {
  open: boolean
  /** The commit, where `work` has asked for it. */
  end: Promise<void> | null
}

const inside = new AsyncLocalStorage<State>()

/** Refuses what would wait for the end of the very transaction that it is called from. */
export function refuseInsideTransaction(): void {
  if (inside.getStore()?.open) throw new Error('Inside a transaction use its `tx`, not the database itself.')
}

function transactionOn(client: ClientBase, nameOf: NameOf, state: State): Transaction {
  const refuseWhenOver = (): void => {
    if (!state.open) throw new Error('This transaction is over; its `tx` cannot be used any more.')
  }
  return {
    async query<Row>(text: string, params?: readonly unknown[]) {
      refuseWhenOver()
      return runStatement<Row>(client, nameOf, text, params)
    },
    async execute(script) {
      refuseWhenOver()
      await runScript(client, script)
    },
    async commitBehind(last) {
      refuseWhenOver()
      state.end = commit(client, state)
      state.end.catch(() => undefined) // a statement that failed says why nothing was committed
      const result = await last
      await state.end
      return result
    },
  }
}

async function commit(client: ClientBase, state: State): Promise<void> {
  state.open = false
  corkForTurn(client)
  const { command } = await client.query('commit')
  // PostgreSQL answers `commit` in an aborted transaction with a successful ROLLBACK.
  if (command !== 'COMMIT')
    throw new Error('A statement of this transaction failed, so nothing was committed.')
}

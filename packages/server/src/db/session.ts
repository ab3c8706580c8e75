import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { ClientBase, QueryResultRow } from 'pg'
import type { Transaction } from './database.ts'
import { Flight } from './flight.ts'
import type { Answer } from './flight.ts'

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

/** Statements of one connection. Those of one turn of the event loop travel together. */
interface Sender {
  send<Row>(text: string, params?: readonly unknown[]): Promise<Answer<Row>>
  /** Sends what waits for the end of the turn. */
  flush(): void
  /** Rejects it instead. */
  cancel(reason: unknown): void
}

function createSender(client: ClientBase, nameOf: NameOf): Sender {
  let flight: Flight | null = null

  function flush(): void {
    flight?.leave()
    flight = null
  }

  function board(): Flight {
    process.nextTick(flush)
    return (flight = new Flight(client))
  }

  return {
    flush,
    cancel(reason) {
      flight?.cancel(reason)
      flight = null
    },
    async send<Row>(text: string, params: readonly unknown[] = []) {
      const name = nameOf(text)
      if (name !== undefined) return (flight ?? board()).add<Row>(name, text, params)
      flush()
      const { rows, command } = await client.query<QueryResultRow>({ text, values: [...params] })
      return { rows: rows as Row[], command } // the caller names the row beside the statement
    },
  }
}

export async function runStatement<Row>(
  client: ClientBase,
  nameOf: NameOf,
  text: string,
  params?: readonly unknown[],
): Promise<Row[]> {
  const { send, flush } = createSender(client, nameOf)
  const answer = send<Row>(text, params)
  flush()
  const { rows } = await answer
  return rows
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
  const sender = createSender(client, nameOf)
  const state: State = { open: true, end: null }
  const begun = sender.send('begin isolation level read committed')
  // What is sent behind it reports the same fault; what would be sent later would be no part of it.
  begun.catch(() => (state.open = false))
  try {
    const result = await inside.run(state, () => work(transactionOn(client, sender, state)))
    await begun
    await (state.end ?? commit(sender, state))
    return result
  } catch (error) {
    state.open = false
    // What waits may be the commit.
    sender.cancel(error)
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

function transactionOn(client: ClientBase, sender: Sender, state: State): Transaction {
  const refuseWhenOver = (): void => {
    if (!state.open) throw new Error('This transaction is over; its `tx` cannot be used any more.')
  }
  return {
    async query<Row>(text: string, params?: readonly unknown[]) {
      refuseWhenOver()
      const { rows } = await sender.send<Row>(text, params)
      return rows
    },
    async execute(script) {
      refuseWhenOver()
      sender.flush()
      await runScript(client, script)
    },
    async commitBehind(last) {
      refuseWhenOver()
      state.end = commit(sender, state)
      state.end.catch(() => undefined) // a statement that failed says why nothing was committed
      const result = await last
      await state.end
      return result
    },
  }
}

async function commit(sender: Sender, state: State): Promise<void> {
  state.open = false
  const { command } = await sender.send('commit')
  // PostgreSQL answers `commit` in an aborted transaction with a successful ROLLBACK.
  if (command !== 'COMMIT')
    throw new Error('A statement of this transaction failed, so nothing was committed.')
}

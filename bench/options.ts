import { parseArgs } from 'node:util'

const BENCHES = [
  'core',
  'send',
  'fanout',
  'delivery',
  'reconnect',
  'history',
  'list',
  'growth',
  'idle',
  'dialogs',
  'direct',
  'centrifuge',
  'web',
  'start',
] as const
export type BenchName = (typeof BENCHES)[number]

const STORES = ['embedded', 'postgres'] as const
export type StoreName = (typeof STORES)[number]

export const USAGE = `npm run bench -- ${BENCHES.join('|')}|all
  --store ${STORES.join('|')}  core, send, history, list, dialogs, direct, start: both unless given; fanout, delivery, reconnect, idle: postgres unless given
  --runs 5                   measured rounds; the table shows medians
  --seconds 3                of each measurement
  --senders 1,16,64          core, send: concurrent senders
  --connections 2000         fanout, reconnect: 2000; delivery, dialogs: 1000; idle, centrifuge: 2000,10000
  --messages 1000000         history, list: how many are seeded; 100000 on the embedded store unless given
  --conversations 10000      history, list: in how many conversations of one user
  --sizes 10000,1000000,10000000  growth: messages
  --json file                instead of bench/results/<bench>.json
  --compare                  the last results beside the new ones
  --profile                  the server's time by function (it runs slower meanwhile)
A PostgreSQL is started unless BENCH_DATABASE_URL or DATABASE_URL names one.`

/** Throws an Error whose message is for the person at the terminal. */
export function readOptions(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      store: { type: 'string' },
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      senders: { type: 'string', default: '1,16,64' },
      connections: { type: 'string' },
      messages: { type: 'string' },
      conversations: { type: 'string', default: '10000' },
      sizes: { type: 'string', default: '10000,1000000,10000000' },
      json: { type: 'string' },
      compare: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  })
  const benches = chosen(positionals)
  if (values.json !== undefined && benches.length > 1) throw new Error('--json is the file of one bench')
  return {
    benches,
    store: values.store === undefined ? undefined : oneOf(STORES, values.store),
    runs: number('runs', values.runs),
    seconds: number('seconds', values.seconds),
    senders: numbers('senders', values.senders),
    connections: values.connections === undefined ? undefined : numbers('connections', values.connections),
    messages: values.messages === undefined ? undefined : number('messages', values.messages),
    conversations: number('conversations', values.conversations),
    sizes: numbers('sizes', values.sizes),
    json: values.json,
    compare: values.compare,
    profile: values.profile,
  }
}

export type Options = ReturnType<typeof readOptions>

/** For what is measured on both unless one is asked for. */
export const storesOf = ({ store }: Options): readonly StoreName[] => (store === undefined ? STORES : [store])

function chosen(positionals: string[]): readonly BenchName[] {
  const [name, ...rest] = positionals
  if (name === undefined || rest.length > 0) throw new Error('name one bench')
  return name === 'all' ? BENCHES : [oneOf(BENCHES, name)]
}

function oneOf<T extends string>(known: readonly T[], text: string): T {
  const found = known.find((name) => name === text)
  if (found === undefined) throw new Error(`${text} is none of ${known.join(', ')}`)
  return found
}

function number(name: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name} must be a number above 0`)
}

function numbers(name: string, text: string): number[] {
  return text.split(',').map((part) => number(name, part))
}

import { refusal } from '../errors.ts'
import { flag, json, list, optional, parseFields, text, type Field } from './fields.ts'
import { errorView, method, type Api, type Method } from './method.ts'
import { broadcast, history, historyRemove, publish } from './publications.ts'
import { channels, info, presence, presenceStats } from './state.ts'
import { disconnect, refresh, subscribe, unsubscribe } from './users.ts'

/** Here nobody can offer one. */
const rpc = method({ method: text, params: json }, () => {
  throw refusal(104)
})

const methods = new Map<string, Method>([
  ['publish', publish],
  ['broadcast', broadcast],
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['disconnect', disconnect],
  ['history', history],
  ['history_remove', historyRemove],
  ['presence', presence],
  ['presence_stats', presenceStats],
  ['info', info],
  ['rpc', rpc],
  ['refresh', refresh],
  ['channels', channels],
])

/** What answers requests of that name with the whole body of the response. */
export function endpoint(name: string): Method | undefined {
  if (name === 'batch') return batch
  const run = methods.get(name)
  return run && (async (api, request) => ({ result: await run(api, request) }))
}

const anyMethod = Object.fromEntries(Array.from(methods.keys(), (name) => [name, optional(json)]))

/** `{"publish":{…}}` */
const command: Field<[name: string, request: unknown]> = (value, name) => {
  const requests = Object.entries(parseFields(anyMethod, value, name))
  return requests.find(([, request]) => request !== undefined) ?? ['', undefined]
}

async function batch(api: Api, request: unknown): Promise<object> {
  const shape = { commands: list(command), parallel: optional(flag) }
  const { commands, parallel } = parseFields(shape, request)
  if (parallel) return { replies: await Promise.all(commands.map((each) => reply(api, ...each))) }
  const replies: object[] = []
  for (const each of commands) replies.push(await reply(api, ...each))
  return { replies }
}

async function reply(api: Api, name: string, request: unknown): Promise<object> {
  try {
    const run = methods.get(name)
    if (!run) throw refusal(104)
    return { [name]: await run(api, request) }
  } catch (error) {
    return { error: errorView(api, error) }
  }
}

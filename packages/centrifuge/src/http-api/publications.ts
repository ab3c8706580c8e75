import type { PublicationOptions } from '../publish.ts'
import type { StreamPosition } from '../engine/engine.ts'
import {
  anyText,
  base64,
  flag,
  integer,
  json,
  list,
  mustBe,
  object,
  optional,
  optionalNatural,
  optionalText,
  text,
  texts,
  type Field,
  type Parsed,
} from './fields.ts'
import { errorView, method, type Api } from './method.ts'
import { publicationView } from './views.ts'

const publication = {
  data: json,
  b64data: optional(base64),
  skip_history: optional(flag),
  tags: optional(texts),
  idempotency_key: optionalText,
  delta: optional(flag),
  version: optionalNatural,
  version_epoch: optionalText,
}

const fullPosition = object({ offset: optionalNatural, epoch: optionalText })

export const position: Field<StreamPosition> = (value, name) => {
  const { offset = 0, epoch = '' } = fullPosition(value, name)
  return { offset, epoch }
}

export const publish = method({ channel: text, ...publication }, async ({ centrifuge }, request) =>
  positionView(await centrifuge.publish(request.channel, dataOf(request), optionsOf(request))),
)

export const broadcast = method({ channels: list(anyText), ...publication }, async (api, request) => {
  const { channels } = request
  if (channels.length === 0) throw mustBe('channels', 'a list that is not empty')
  const settled = await api.centrifuge.broadcast(channels, dataOf(request), optionsOf(request))
  return { responses: settled.map((outcome) => responseView(api, outcome)) }
})

const allThereIs = Number.MAX_SAFE_INTEGER

export const history = method(
  { channel: text, limit: optional(integer), since: optional(position), reverse: optional(flag) },
  async ({ centrifuge }, { channel, limit = 0, since, reverse }) => {
    const query = { limit: limit < 0 ? allThereIs : limit, since, reverse }
    const { publications, position: top } = await centrifuge.history(channel, query)
    return { publications: publications.map(publicationView), ...positionView(top) }
  },
)

export const historyRemove = method({ channel: text }, async ({ centrifuge }, { channel }) => {
  await centrifuge.removeHistory(channel)
  return {}
})

function dataOf({ data, b64data }: Parsed<typeof publication>): unknown {
  if (b64data === undefined && data === undefined) throw mustBe('data', 'given')
  return b64data === undefined ? data : b64data
}

function optionsOf(request: Parsed<typeof publication>): PublicationOptions {
  const { tags, delta, version } = request
  return {
    tags,
    delta,
    version,
    skipHistory: request.skip_history,
    idempotencyKey: request.idempotency_key,
    versionEpoch: request.version_epoch,
  }
}

/** Without a history there is no position to tell of. */
function positionView({ offset, epoch }: Partial<StreamPosition> = {}) {
  return { offset, epoch }
}

function responseView(api: Api, outcome: PromiseSettledResult<StreamPosition | undefined>) {
  return outcome.status === 'fulfilled'
    ? { result: positionView(outcome.value) }
    : { error: errorView(api, outcome.reason) }
}

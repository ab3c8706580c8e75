import { checkChannel } from './channels/access.ts'
import type { ChannelOptions } from './channels/options.ts'
import type { ClientInfo, StreamPosition } from './engine/engine.ts'
import { refusal } from './errors.ts'
import type { Node } from './node.ts'
import { payloadOf, type Payload } from './payload.ts'

export interface PublicationOptions {
  tags?: Record<string, string>
  /** Delivered without a place in the channel's history. */
  skipHistory?: boolean
  /** For five minutes the same key in the same channel publishes nothing and answers the same. */
  idempotencyKey?: string
  /** May go out as the difference from the publication before it; `delta_publish` of the namespace unless set. */
  delta?: boolean
  /** A publication not newer than the newest of its `versionEpoch` is dropped; for payloads that say the whole state. */
  version?: number
  versionEpoch?: string
}

/** Throws 102 or 107 for a channel that cannot be and for data of another kind than the namespace takes. */
export async function publishTo(
  node: Node,
  channel: string,
  value: unknown,
  options: PublicationOptions & { info?: ClientInfo },
): Promise<StreamPosition | undefined> {
  return publishPayload(node, channel, payloadOf(value), options)
}

/** As `publishTo`, of what is a payload already. */
export async function publishPayload(
  node: Node,
  channel: string,
  data: Payload,
  options: PublicationOptions & { info?: ClientInfo },
): Promise<StreamPosition | undefined> {
  const rules = checkChannel(node, channel)
  checkFormat(data, rules.options.publication_data_format)
  const { tags, info, delta = rules.options.delta_publish, version } = options
  checkTags(tags)
  const publication = { data, tags, info, delta }
  const position = await node.engine.publish(channel, publication, {
    retention: options.skipHistory ? undefined : rules.retention,
    idempotencyKey: options.idempotencyKey,
    version: version ? { number: version, epoch: options.versionEpoch ?? '' } : undefined,
  })
  node.counters.publications++
  return position
}

/** Whatever else was among them would only fail when it is sent, or when somebody recovers it. */
function checkTags(tags: object = {}): void {
  for (const [name, value] of Object.entries(tags))
    if (typeof value !== 'string') throw new TypeError(`centrifuge: the tag ${name} must be a text`)
}

function checkFormat(data: Payload, format: ChannelOptions['publication_data_format']): void {
  const isJson = typeof data === 'string'
  if (format === 'json' && !isJson) throw refusal(107)
  if (format === 'json_object' && !(isJson && data.startsWith('{'))) throw refusal(107)
}

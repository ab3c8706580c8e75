import { createDelta } from 'fossil-delta'
import type { Publication } from '../engine/engine.ts'
import { bytesOf, type Payload } from '../payload.ts'
import type { Codec, Message } from '../protocol/codec.ts'
import type { SentPublication } from '../protocol/replies.ts'

/** A publication on its way to its subscribers: encoded once in each form, however many they are. */
export interface Outgoing {
  channel: string
  publication: Publication
  /** The one that was delivered before it. */
  previous: Publication | undefined
  encoded: Record<Form, Map<Codec, Message>>
}

/**
 * `plain` is for those who take no differences; those who do get the whole payload (`full`) or what it differs by
 * (`delta`), both as the encoding writes differences.
 */
type Form = 'plain' | 'full' | 'delta'

export function outgoing(
  channel: string,
  publication: Publication,
  previous: Publication | undefined,
): Outgoing {
  return { channel, publication, previous, encoded: { plain: new Map(), full: new Map(), delta: new Map() } }
}

/** Throws Disconnect where the encoding cannot carry the payload. */
export function messageOf(message: Outgoing, codec: Codec, form: Form): Message {
  const known = message.encoded[form].get(codec)
  if (known) return known
  const publication = inForm(message, codec, form)
  const encoded = codec.encodePush({ channel: message.channel, type: 'pub', publication })
  message.encoded[form].set(codec, encoded)
  return encoded
}

/** For a client that takes differences: the first publication whole, the others by what they differ. */
export function deltaChain(publications: Publication[], codec: Codec): SentPublication[] {
  return publications.map(
    (publication, index) =>
      difference(publication, publications[index - 1], codec) ?? whole(publication, codec),
  )
}

function inForm({ publication, previous }: Outgoing, codec: Codec, form: Form): SentPublication {
  if (form === 'plain') return publication
  const delta = form === 'delta' && publication.delta ? difference(publication, previous, codec) : undefined
  return delta ?? whole(publication, codec)
}

function whole(publication: Publication, codec: Codec): SentPublication {
  const data = codec.deltaForm(publication.data) ?? publication.data
  return { ...publication, data }
}

/** Undefined where it would not be smaller, or has no form in the encoding. */
function difference(
  publication: Publication,
  previous: Publication | undefined,
  codec: Codec,
): SentPublication | undefined {
  if (!previous) return undefined
  const target = bytesOf(publication.data)
  const delta: Uint8Array = createDelta(bytesOf(previous.data), target)
  const data: Payload | undefined = delta.length < target.length ? codec.deltaForm(delta) : undefined
  return data === undefined ? undefined : { ...publication, data, isDelta: true }
}

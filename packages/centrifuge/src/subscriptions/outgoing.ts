import { createDelta } from 'fossil-delta'
import type { Publication } from '../engine/engine.ts'
import { bytesOf } from '../payload.ts'
import type { Codec, Message } from '../protocol/codec.ts'
import type { SentPublication } from '../protocol/replies.ts'

/** A publication on its way to its subscribers: encoded once in each form, however many they are. */
export interface Outgoing {
  channel: string
  publication: Publication
  /** The one that was delivered before it. */
  previous: Publication | undefined
  encoded: Record<Form, Map<Codec, Message>>
  /** Between the two, once it was needed. */
  difference: Difference | undefined
}

/** Nothing where the whole is no larger. */
type Difference = { bytes: Uint8Array | undefined }

/** Comparing takes up to a millisecond per KB of repetitive text, in which nobody else is served. */
const maxComparedBytes = 16_384

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
  const encoded = { plain: new Map(), full: new Map(), delta: new Map() }
  return { channel, publication, previous, encoded, difference: undefined }
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
      asDelta(publication, compare(publication, publications[index - 1]), codec) ?? whole(publication, codec),
  )
}

function inForm(message: Outgoing, codec: Codec, form: Form): SentPublication {
  const { publication, previous } = message
  if (form === 'plain') return publication
  if (form === 'full' || !publication.delta) return whole(publication, codec)
  message.difference ??= compare(publication, previous)
  return asDelta(publication, message.difference, codec) ?? whole(publication, codec)
}

function whole(publication: Publication, codec: Codec): SentPublication {
  const data = codec.deltaForm(publication.data) ?? publication.data
  return { ...publication, data }
}

function compare(publication: Publication, previous: Publication | undefined): Difference {
  if (!previous) return { bytes: undefined }
  const [source, target] = [bytesOf(previous.data), bytesOf(publication.data)]
  if (Math.max(source.length, target.length) > maxComparedBytes) return { bytes: undefined }
  const bytes: Uint8Array = createDelta(source, target)
  return { bytes: bytes.length < target.length ? bytes : undefined }
}

/** Undefined where there is none, or none that has a form in the encoding. */
function asDelta(publication: Publication, { bytes }: Difference, codec: Codec): SentPublication | undefined {
  const data = bytes && codec.deltaForm(bytes)
  return data === undefined ? undefined : { ...publication, data, isDelta: true }
}

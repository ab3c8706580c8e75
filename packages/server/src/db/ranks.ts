import type { ConversationId, Message } from './schema.ts'

/** Of a message that is written with others, in this order. */
interface Said {
  message: Pick<Message, 'conversationId' | 'senderId' | 'type'>
  /** Whether its sender has then read the conversation up to it. */
  reads: boolean
}

/** Where it stands among them. */
interface Rank {
  /** In its conversation, from 1. */
  nth: number
  isLast: boolean
  /** Which change of the conversation it is, from 1; that its sender has read up to it is the next one. */
  change: number
  /**
   * How many of its sender's count as unread for others there. Null but for one message of each sender in a conversation: the
   * last one they read with, or else their last.
   */
  own: number | null
  /** How many of these come after it; null where they have not read with it. */
  ownAfter: number | null
}

export function ranksOf(messages: Said[]): Rank[] {
  const shares = sharesIn(messages)
  const lastIn = new Map<ConversationId, Rank>()
  return messages.map(({ message: { conversationId } }, place) => {
    const before = lastIn.get(conversationId)
    if (before) before.isLast = false
    const { own = null, ownAfter = null } = shares.get(place) ?? {}
    const rank: Rank = {
      nth: (before?.nth ?? 0) + 1,
      isLast: true,
      change: (before?.change ?? 0) + (before && before.ownAfter !== null ? 2 : 1),
      own,
      ownAfter,
    }
    lastIn.set(conversationId, rank)
    return rank
  })
}

interface Share {
  place: number
  own: number
  ownAfter: number | null
}

/** What each sender has written in each conversation, by the place of the message that stands for it. */
function sharesIn(messages: Said[]): Map<number, Share> {
  const shares = new Map<string, Share>()
  for (const [place, { message, reads }] of messages.entries()) {
    if (message.senderId === null) continue
    const key = `${message.conversationId} ${message.senderId}`
    // What the server or its staff say counts for nobody.
    const count = message.type === 'system' ? 0 : 1
    const share = shares.get(key) ?? { place, own: 0, ownAfter: null }
    shares.set(key, share)
    share.own += count
    if (reads) share.ownAfter = 0
    else if (share.ownAfter !== null) share.ownAfter += count
    if (reads || share.ownAfter === null) share.place = place
  }
  return new Map([...shares.values()].map((share) => [share.place, share]))
}

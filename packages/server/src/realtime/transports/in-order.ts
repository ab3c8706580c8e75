import type { Publication } from '@parley/centrifuge'

/** What an event is in a channel's words: JSON text, null for nothing, or a promise where that is still to be found out. */
export type Encoded = string | null | Promise<string | null>

export type Draft = Omit<Publication, 'data'> & { data: Encoded }

interface Waiting {
  draft: Draft
  text: string | null | undefined
}

/**
 * Hands publications on in their order: one that is still to be found out holds back those behind it. What several are
 * waiting for, the same promise, is published once, in the last one's place.
 */
export function inOrder(deliver: (publication: Publication) => void): (draft: Draft) => void {
  const queue: Waiting[] = []

  function flush(): void {
    for (let [first] = queue; first?.text !== undefined; [first] = queue) {
      queue.shift()
      if (first.text !== null) deliver({ ...first.draft, data: first.text })
    }
  }

  /** What is waited for already has a later place from now on. */
  function waitFor(draft: Draft, data: Promise<string | null>): Waiting {
    const earlier = queue.findIndex((waiting) => waiting.draft.data === data)
    const [known] = earlier < 0 ? [] : queue.splice(earlier, 1)
    if (known) return Object.assign(known, { draft })
    const waiting: Waiting = { draft, text: undefined }
    void data.then((text) => {
      waiting.text = text
      flush()
    })
    return waiting
  }

  return (draft) => {
    const { data } = draft
    if (data === null) return
    queue.push(typeof data === 'string' ? { draft, text: data } : waitFor(draft, data))
    flush()
  }
}

/** The same for what is all there already. */
export async function allInOrder(drafts: Draft[]): Promise<Publication[]> {
  const publications: Publication[] = []
  const last = new Map(drafts.map((draft) => [draft.data, draft]))
  for (const draft of drafts) {
    if (typeof draft.data !== 'string' && last.get(draft.data) !== draft) continue
    const data = await draft.data
    if (data !== null) publications.push({ ...draft, data })
  }
  return publications
}

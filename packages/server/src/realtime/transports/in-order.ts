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
  let queue: Waiting[] = []

  function flush(): void {
    for (let [first] = queue; first?.text !== undefined; [first] = queue) {
      queue.shift()
      if (first.text !== null) deliver({ ...first.draft, data: first.text })
    }
  }

  return (draft) => {
    const { data } = draft
    if (data === null) return
    const waiting: Waiting = { draft, text: typeof data === 'string' ? data : undefined }
    if (typeof data !== 'string') {
      queue = withoutOther(queue, data)
      void data.then((text) => {
        waiting.text = text
        flush()
      })
    }
    queue.push(waiting)
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

function withoutOther(queue: Waiting[], data: Promise<unknown>): Waiting[] {
  return queue.filter(({ draft }) => draft.data !== data)
}

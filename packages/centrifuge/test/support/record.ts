/** What has happened so far, for tests that wait for enough of it. */
export interface Record<Entry> {
  readonly all: Entry[]
  add(entry: Entry): void
  until(isEnough: (all: Entry[]) => boolean): Promise<Entry[]>
  /** The first entries, when there are so many. */
  first(count: number): Promise<Entry[]>
}

export function createRecord<Entry>(): Record<Entry> {
  const all: Entry[] = []
  const checks = new Set<() => void>()
  const until = (isEnough: (all: Entry[]) => boolean) =>
    new Promise<Entry[]>((resolve) => {
      const check = () => {
        if (!isEnough(all)) return
        checks.delete(check)
        resolve(all)
      }
      checks.add(check)
      check()
    })
  const add = (entry: Entry) => {
    all.push(entry)
    for (const check of [...checks]) check()
  }
  const first = async (count: number) => (await until(({ length }) => length >= count)).slice(0, count)
  return { all, add, until, first }
}

interface Emitter {
  on(name: string, listener: (context: never) => void): unknown
}

/** Every context of an event. */
export function recordEvents<Context>(emitter: Emitter, name: string): Record<Context> {
  const record = createRecord<Context>()
  emitter.on(name, record.add)
  return record
}

/** The browser's storage, which may be full or forbidden: then nothing is kept, and nothing fails. */
export interface KeptTexts {
  keys(): string[]
  get(key: string): string | null
  set(key: string, value: string): void
  remove(key: string): void
}

export function keptTexts(storage: () => Storage): KeptTexts {
  return {
    keys: () => attempt(() => Object.keys(storage()), []),
    get: (key) => attempt(() => storage().getItem(key), null),
    set: (key, value) => attempt(() => storage().setItem(key, value), undefined),
    remove: (key) => attempt(() => storage().removeItem(key), undefined),
  }
}

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act()
  } catch {
    return otherwise
  }
}

/** What is wrong with an option, by its name. */
export function fault(name: string, what: string, options?: ErrorOptions): TypeError {
  return new TypeError(`centrifuge: ${name} ${what}`, options)
}

export function asObject(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fault(name, 'must be an object')
  return value as Record<string, unknown>
}

/** What implements a contract has its functions. */
export function checkContract(name: string, value: unknown, functions: string[]): void {
  if (value === undefined) return
  const given = asObject(name, value)
  const missing = functions.find((key) => typeof given[key] !== 'function')
  if (missing) throw fault(`${name}.${missing}`, 'must be a function')
}

/** `place` goes before the name of an option: `channel.` or `namespace chat: `. */
export function checkNames(place: string, given: object, known: Iterable<string>): void {
  const names = new Set(known)
  for (const name of Object.keys(given)) {
    if (!names.has(name))
      throw fault(place + name, `is no option; there are ${[...names].toSorted().join(', ')}`)
  }
}

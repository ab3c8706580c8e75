/** JSON text of a value from the application; throws where there is none. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new TypeError('centrifuge: the value has no JSON form')
  return text
}

/** `*` stands for any text; letters count as they are. No glob takes longer than to look through the text once. */
export function matchesGlob(glob: string, text: string): boolean {
  const [start = '', ...parts] = glob.split('*')
  const end = parts.pop()
  if (end === undefined) return text === glob
  if (!text.startsWith(start)) return false
  let from = start.length
  for (const part of parts) {
    const found = text.indexOf(part, from)
    if (found === -1) return false
    from = found + part.length
  }
  return text.length - end.length >= from && text.endsWith(end)
}

/** `*` stands for any text; letters count as they are. */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob.split('*').map(escapeRegExp).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(text)
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

const LARGEST = 10 * 1024 * 1024

const signatures: (number | null)[][] = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50],
]

/** Why the server would not take this file, as a key below `chat.` of the translations; null where it may. */
export async function checkImage(file: File): Promise<'imageTooLarge' | 'imageWrongType' | null> {
  if (file.size > LARGEST) return 'imageTooLarge'
  const bytes = await beginningOf(file)
  return signatures.some((signature) => startsWith(bytes, signature)) ? null : 'imageWrongType'
}

/** Nothing of what cannot be read: a folder, when it is dropped, looks like a file. */
async function beginningOf(file: File): Promise<Uint8Array> {
  const bytes = await file
    .slice(0, 12)
    .arrayBuffer()
    .catch(() => new ArrayBuffer(0))
  return new Uint8Array(bytes)
}

/** JPEG, PNG and WebP by their first bytes, whatever the name says; null is any byte. */
function startsWith(bytes: Uint8Array, signature: (number | null)[]): boolean {
  return signature.every((byte, index) => byte === null || byte === bytes[index])
}

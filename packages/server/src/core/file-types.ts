import { fileTypeFromBuffer } from 'file-type'

/** How much of its beginning tells what a file is. */
export const HEAD_BYTES = 4100

const UNKNOWN = 'application/octet-stream'

/** Nothing can be told of them from their bytes, and no browser runs them. */
const HARMLESS = new Set(['text/plain', 'text/csv', 'text/markdown', 'application/json'])

/** What a file is that begins so. Who sends it is believed only where it says that it is a harmless text. */
export async function typeOfFile(head: Buffer, declared: string): Promise<string> {
  const text = HARMLESS.has(declared.toLowerCase()) ? declared.toLowerCase() : null
  if (text !== null && isText(head)) return text
  return (await sniff(head)) ?? text ?? UNKNOWN
}

/** What the bytes of a file that is said to be of a type may be, '' for unknown; of other types nothing is said here. */
const EXPECTED: [declared: RegExp, sniffed: RegExp][] = [
  [/^application\/pdf$/, /^application\/pdf$/],
  [/^image\/gif$/, /^image\/gif$/],
  // An office document with a password is a compound file.
  [
    /^application\/(x-)?zip|openxmlformats|opendocument/,
    /[/+]zip$|openxmlformats|opendocument|macroenabled|java-archive|android|visio|apple\.|3mf|xpinstall|x-cfb/,
  ],
  [/^image\/(?!svg)/, /^$|^image\/|eps$|postscript$/],
  [/^(audio|video)\//, /^$|^(audio|video)\/|ogg$|asf$|mxf$|realmedia$/],
]

/** Whether a file that begins so may be of this type. */
export async function mayBe(head: Buffer, declared: string): Promise<boolean> {
  const sniffed = (await sniff(head)) ?? ''
  if (declared.startsWith('text/')) return sniffed === '' || isText(head)
  return EXPECTED.every(([type, expected]) => !type.test(declared) || expected.test(sniffed))
}

/** Signatures of a few letters prove nothing of a text: "BMW" is no bitmap. */
const isText = (head: Buffer): boolean =>
  !head.subarray(0, HEAD_BYTES).includes(0) || UTF_16.includes(head.toString('hex', 0, 2))

const UTF_16 = ['fffe', 'feff']

async function sniff(head: Buffer): Promise<string | undefined> {
  const type = await fileTypeFromBuffer(head.subarray(0, HEAD_BYTES))
  return type?.mime === 'image/apng' ? 'image/png' : type?.mime
}

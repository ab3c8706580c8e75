import { crc32 } from 'node:zlib'

/** A ZIP file, nothing in it compressed. */
export function zipOf(files: Record<string, string>): Buffer {
  const entries = Object.entries(files).map(([name, content]) => entryOf(name, Buffer.from(content)))
  const locals = entries.map(({ head, data }) => Buffer.concat([Buffer.from('PK\x03\x04'), head, data]))
  const offsets = locals.map((_, n) => locals.slice(0, n).reduce((sum, { length }) => sum + length, 0))
  const central = Buffer.concat(entries.map(({ head, name }, n) => centralOf(head, name, offsets[n] ?? 0)))
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(Buffer.concat(locals).length, 16)
  return Buffer.concat([...locals, central, end])
}

function entryOf(name: string, data: Buffer) {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt32LE(crc32(data), 10)
  fields.writeUInt32LE(data.length, 14)
  fields.writeUInt32LE(data.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return { name, data, head: Buffer.concat([fields, Buffer.from(name)]) }
}

function centralOf(head: Buffer, name: string, offset: number): Buffer {
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(offset, 10)
  const fields = [Buffer.from('PK\x01\x02\x14\0', 'latin1'), head.subarray(0, 26), rest, Buffer.from(name)]
  return Buffer.concat(fields)
}

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

/** What Word writes, in as few words as it can be told by. */
export const docx = (): Buffer =>
  zipOf({
    '[Content_Types].xml': `<Types><Override PartName="/word/document.xml" ContentType="${WORD}.main+xml"/></Types>`,
    'word/document.xml': '<w:document/>',
  })

/** Puts bytes before those put already, so that the length of a message is known when its turn comes. */
export interface Writer {
  /** Of all that was put so far. */
  length(): number
  putVarint(value: number): void
  putText(text: string): void
  putBytes(bytes: Uint8Array): void
  finish(): Buffer
}

const room = 512

export function createWriter(): Writer {
  let buffer = Buffer.allocUnsafe(room)
  let start = buffer.length
  const length = () => buffer.length - start

  const reserve = (size: number) => {
    if (size > start) grow(size)
    start -= size
  }
  const grow = (size: number) => {
    const grown = Buffer.allocUnsafe(Math.max(2 * buffer.length, length() + size + room))
    const moved = grown.length - length()
    buffer.copy(grown, moved, start)
    buffer = grown
    start = moved
  }

  const putVarint = (value: number) => {
    reserve(varintSize(value))
    let rest = value
    let at = start
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[at++] = 0x80 | (rest % 0x80)
    buffer[at] = rest
  }
  const putText = (text: string) => {
    reserve(Buffer.byteLength(text))
    buffer.write(text, start)
  }
  const putBytes = (bytes: Uint8Array) => {
    reserve(bytes.length)
    buffer.set(bytes, start)
  }
  return { length, putVarint, putText, putBytes, finish: () => buffer.subarray(start) }
}

function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

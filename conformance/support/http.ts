export interface Reply {
  status: number
  headers: Headers
  body: unknown
  bytes: Buffer
}

export interface RequestOptions {
  headers?: Record<string, string | undefined>
  query?: Record<string, string | number | undefined>
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is, beside whatever `content-type` the headers name. */
  raw?: string | Buffer | FormData
}

/** One HTTP request; JSON answers are parsed, redirects are not followed. */
export async function request(method: string, url: string, options: RequestOptions = {}): Promise<Reply> {
  const target = new URL(url)
  for (const [name, value] of present(options.query)) target.searchParams.set(name, String(value))
  const headers = new Headers(present(options.headers))
  const json = options.json === undefined ? undefined : JSON.stringify(options.json)
  if (json !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const body = json ?? payload(options.raw)
  const response = await fetch(target, {
    method,
    headers,
    redirect: 'manual',
    ...(body !== undefined && { body }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, body: parsed(response.headers, bytes), bytes }
}

function payload(raw: RequestOptions['raw']) {
  return Buffer.isBuffer(raw) ? new Uint8Array(raw) : raw
}

function present<T>(fields: Record<string, T | undefined> = {}): [string, T][] {
  return Object.entries(fields).filter((field): field is [string, T] => field[1] !== undefined)
}

function parsed(headers: Headers, bytes: Buffer): unknown {
  if (headers.get('content-type')?.includes('json') !== true) return undefined
  return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as unknown)
}

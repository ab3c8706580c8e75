import { expect } from 'vitest'
import { request, type Reply, type RequestOptions } from './http.ts'
import { violations, type JsonSchema } from './json-schema.ts'

// A client made of nothing but the served description: no path, method or place of a field is known beforehand.

interface Media {
  schema?: JsonSchema
}

interface Described {
  operationId: string
  parameters?: { name: string; in: string; required?: boolean; schema: JsonSchema }[]
  requestBody?: { required?: boolean; content: Record<string, Media> }
  responses: Record<string, { description: string; content?: Record<string, Media> }>
}

interface Operation extends Described {
  method: string
  path: string
}

export interface DescribedApi {
  /** As it was served. */
  document: Record<string, unknown>
  operations: Map<string, Operation>
  /** Calls an operation by its id; the answer is one that the description foresees, body included. */
  call: (operationId: string, input: Input, headers: Record<string, string>) => Promise<Reply>
  /** The same with a request that the description does not allow. */
  callWrongly: (operationId: string, input: Input, headers: Record<string, string>) => Promise<Reply>
}

/** Fields of the path, the query, headers and the body together; files as they are. */
export type Input = Record<string, unknown>

/** `url` is asked each time: a server that is started again is at another one. */
export async function loadDescription(url: () => string, path: string): Promise<DescribedApi> {
  const reply = await request('GET', url() + path)
  expect(reply.status).toBe(200)
  // What is used of it below fails where it is something else.
  const document = reply.body as { paths: Record<string, Record<string, Described>> }
  const found = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...described,
      method: method.toUpperCase(),
      path,
    })),
  )
  const operations = new Map(found.map((operation) => [operation.operationId, operation]))
  expect(operations.size, 'each operationId once').toBe(found.length)

  async function send(operationId: string, input: Input, headers: Record<string, string>, isRight: boolean) {
    const operation = operations.get(operationId)
    if (!operation) throw new Error(`there is no operation ${operationId}`)
    const { target, query, fields, body } = place(operation, input)
    if (isRight) {
      const wrong = [
        ...parameterViolations(document, operation, input),
        ...bodyViolations(document, operation, body),
      ]
      expect(wrong, `the request of ${operationId}`).toEqual([])
    }
    const options = { query, headers: { ...headers, ...fields }, ...content(operation, body) }
    const reply = await request(operation.method, url() + target, options)
    checkReply(document, operation, reply)
    return reply
  }

  return {
    document: { ...document },
    operations,
    call: (operationId, input, headers) => send(operationId, input, headers, true),
    callWrongly: (operationId, input, headers) => send(operationId, input, headers, false),
  }
}

interface Placed {
  target: string
  query: Record<string, string>
  /** Of headers. */
  fields: Record<string, string>
  body: Input
}

function place({ path, parameters = [] }: Operation, input: Input): Placed {
  const placed: Placed = { target: path, query: {}, fields: {}, body: { ...input } }
  for (const { name, in: where } of parameters) {
    const value = textOf(input[name])
    if (where === 'path') placed.target = placed.target.replace(`{${name}}`, encodeURIComponent(value))
    else if (input[name] !== undefined) placed[where === 'query' ? 'query' : 'fields'][name] = value
    // A body may have a field of the same name in no operation.
    Reflect.deleteProperty(placed.body, name)
  }
  return placed
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const FORM = 'multipart/form-data'

function content({ requestBody }: Operation, body: Input): Pick<RequestOptions, 'json' | 'raw'> {
  if (!requestBody) return {}
  return FORM in requestBody.content ? { raw: formOf(body) } : { json: body }
}

function formOf(body: Input): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(body))
    form.append(name, value instanceof Blob ? value : textOf(value))
  return form
}

function parameterViolations(document: unknown, { parameters = [] }: Operation, input: Input): string[] {
  return parameters.flatMap(({ name, required, schema }) => {
    if (input[name] === undefined) return required ? [`$.${name} is missing`] : []
    return violations(document, schema, textOf(input[name]))
  })
}

function bodyViolations(document: unknown, { requestBody }: Operation, body: Input): string[] {
  const media = requestBody?.content[FORM] ?? requestBody?.content['application/json']
  if (!media?.schema) return Object.keys(body).map((name) => `$.${name} has no place: there is no body`)
  const isBlob = (value: unknown) => value instanceof Blob
  return violations(
    document,
    media.schema,
    mapValues(body, (value) => (isBlob(value) ? '' : value)),
  )
}

const mapValues = (input: Input, map: (value: unknown) => unknown): Input =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, map(value)]))

function checkReply(document: unknown, { operationId, responses }: Operation, reply: Reply): void {
  const answer = `${operationId}: ${reply.status} ${reply.bytes.toString().slice(0, 500)}`
  const response = responses[String(reply.status)]
  expect(response, `${answer}, which is not described`).toBeDefined()
  const type = reply.headers.get('content-type')?.split(';')[0] ?? ''
  const media = response?.content?.[type]
  if (response?.content) expect(media, `${answer} as ${type}`).toBeDefined()
  else expect(reply.bytes.length, answer).toBe(0)
  if (media?.schema) expect(violations(document, media.schema, reply.body), answer).toEqual([])
}

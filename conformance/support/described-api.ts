import { expect } from 'vitest'
import { request, type Reply } from './http.ts'
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

/** Fields of the path and of the body together. */
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
    const { target, body } = place(operation, input)
    if (isRight)
      expect(requestViolations(document, operation, body), `the request of ${operationId}`).toEqual([])
    const reply = await request(operation.method, url() + target, {
      headers,
      ...(operation.requestBody && { json: body }),
    })
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

function place({ path, parameters = [] }: Operation, input: Input) {
  const body = { ...input }
  let target = path
  for (const { name } of parameters.filter((parameter) => parameter.in === 'path')) {
    target = target.replace(`{${name}}`, encodeURIComponent(String(body[name])))
    // A body may have a field of the same name in no operation.
    Reflect.deleteProperty(body, name)
  }
  return { target, body }
}

function requestViolations(document: unknown, { requestBody }: Operation, body: Input): string[] {
  const schema = requestBody?.content['application/json']?.schema
  if (schema) return violations(document, schema, body)
  return Object.keys(body).map((name) => `$.${name} has no place: there is no body`)
}

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

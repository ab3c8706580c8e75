import type { Centrifuge } from '../centrifuge.ts'
import { ClientError, refusal } from '../errors.ts'
import { report, type Node } from '../node.ts'
import { parseFields, type Fields, type Parsed } from './fields.ts'

export interface Api {
  node: Node
  centrifuge: Centrifuge
}

/** Answers the result; throws ClientError. */
export type Method = (api: Api, request: unknown) => Promise<object>

export function method<Shape extends Fields>(
  shape: Shape,
  run: (api: Api, request: Parsed<Shape>) => object | Promise<object>,
): Method {
  return async (api, request) => run(api, parseFields(shape, request))
}

export interface ApiError {
  code: number
  message: string
}

export function errorView({ node }: Api, error: unknown): ApiError {
  if (!(error instanceof ClientError)) report(node, error)
  const { code, message } = error instanceof ClientError ? error : refusal(100)
  return { code, message }
}

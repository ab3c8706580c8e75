import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Node } from '../node.ts'

/** What is served at one path. */
export interface Endpoint {
  methods: string[]
  /** The status to answer with; undefined where the response has been begun. */
  handle(node: Node, request: IncomingMessage, response: ServerResponse): Promise<number | undefined>
}

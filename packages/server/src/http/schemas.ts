import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import type { ZodType, z } from 'zod'
import { wording } from './wording.ts'

/** What a request got wrong, by field. */
export class InvalidInput extends Error {
  readonly details: Record<string, string[]>

  constructor(issues: z.core.$ZodIssue[]) {
    super('The request is not valid.')
    this.details = {}
    for (const { path, message } of issues) {
      const field = path.join('.') || 'body'
      this.details[field] = [...(this.details[field] ?? []), message]
    }
  }
}

const validate: FastifySchemaCompiler<ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data, { error: wording })
    return parsed.success ? { value: parsed.data } : { error: new InvalidInput(parsed.error.issues) }
  }

/** For input that no route declares. Throws InvalidInput. */
export function parseInput<Schema extends ZodType>(schema: Schema, data: unknown): z.output<Schema> {
  const parsed = schema.safeParse(data, { error: wording })
  if (!parsed.success) throw new InvalidInput(parsed.error.issues)
  return parsed.data
}

/** For a route that reads its body itself, and declares it only to be described. */
export const validateAllButBody: FastifySchemaCompiler<ZodType> = (route) =>
  route.httpPart === 'body' ? () => true : validate(route)

/**
 * Routes of this scope declare zod schemas. Requests are parsed by them; replies only by type: they come from views,
 * and checking each again would halve the throughput.
 */
export function useZod(app: FastifyInstance): void {
  app.setValidatorCompiler(validate)
  app.setSerializerCompiler(() => JSON.stringify)
}

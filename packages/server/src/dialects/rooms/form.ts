import type { Multipart, MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { ChatError } from '../../core/errors.ts'
import type { IncomingFile } from '../../core/files.ts'
import { refuseGivenUp } from '../../http/given-up.ts'

export interface Form {
  /** Its one file, still to be read; what comes before it has been. */
  file: () => Promise<IncomingFile>
  /** All its other fields, once the file has been read; those that were left empty are not there. */
  fields: () => Promise<Record<string, unknown>>
}

/** A multipart form as it comes in, in whatever order. */
export function readForm(request: FastifyRequest): Form {
  const parts: AsyncIterator<Multipart, undefined> = request.parts()
  const fields = new Map<string, unknown>()

  async function nextFile(): Promise<MultipartFile | null> {
    for (;;) {
      const { value: part, done } = await parts.next().catch(refuse)
      if (done) return null
      if (part.type === 'file') return part
      if (part.value !== '') fields.set(part.fieldname, part.value)
    }
  }

  return {
    async file() {
      refuseGivenUp(request, 'body')
      const part = await nextFile()
      if (part?.fieldname !== 'file') throw new ChatError('invalid', 'is required, as a file', 'file')
      return { stream: part.file, filename: part.filename, mimeType: part.mimetype }
    },
    async fields() {
      await nextFile()
      return Object.fromEntries(fields)
    },
  }
}

function refuse(error: Error & { code?: string }): never {
  switch (error.code ?? '') {
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      throw new ChatError('unsupported_type', 'must be multipart/form-data', 'body')
    case 'FST_FILES_LIMIT':
      throw new ChatError('invalid', 'must be one file', 'file')
    case 'FST_FIELDS_LIMIT':
    case 'FST_PARTS_LIMIT':
      throw error
    default:
      throw new ChatError('invalid', 'is malformed or was cut short', 'body')
  }
}

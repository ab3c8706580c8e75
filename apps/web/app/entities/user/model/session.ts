import { meResponse, signInResponse, type Me } from '@parley/wire/demo'
import { acknowledgement } from '@parley/wire/marketplace'
import { ApiError, request } from '#chat/shared/api/client.ts'

// Who somebody is, as the demo has it: an application with users of its own has a file of its own here.

/** Null where nobody is signed in. */
export async function fetchMe(): Promise<Me | null> {
  try {
    return (await request('GET', '/demo/me', meResponse)).data
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null
    throw error
  }
}

export async function startSession(id: number): Promise<Me> {
  return (await request('GET', `/demo/sign-in/${id}`, signInResponse)).user
}

export async function endSession(): Promise<void> {
  await request('POST', '/demo/sign-out', acknowledgement)
}

import { markRaw } from 'vue'
import * as sessions from '#session'
import { createCurrentUser, type CurrentUser } from '../model/current-user.ts'

/** Who is signed in here, the same for the whole app. */
export function useCurrentUser(): CurrentUser {
  return useState('user', () => markRaw(createCurrentUser(sessions))).value
}

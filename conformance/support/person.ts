import { openSession, putUser, type Session } from './host.ts'
import { request, type Reply, type RequestOptions } from './http.ts'
import type { Server } from './server.ts'

/** Somebody with a browser: a session cookie, its CSRF token, and requests below `/api/vendor`. */
export interface Person {
  id: number
  name: string
  server: Server
  session: Session
  get: (path: string, query?: RequestOptions['query']) => Promise<Reply>
  post: (path: string, json?: unknown, headers?: RequestOptions['headers']) => Promise<Reply>
  delete: (path: string) => Promise<Reply>
  upload: (path: string, form: FormData) => Promise<Reply>
  /** The same credentials with anything else about the request left to the caller. */
  request: (method: string, path: string, options?: RequestOptions) => Promise<Reply>
}

export interface Profile {
  id: number
  name: string
  avatar?: string
}

export async function createPerson(server: Server, profile: Profile): Promise<Person> {
  const avatar = profile.avatar === undefined ? {} : { avatar_url: profile.avatar }
  await putUser(server, String(profile.id), { display_name: profile.name, ...avatar })
  return personOf(server, profile, await openSession(server, String(profile.id)))
}

/** The same user in another browser. */
export async function anotherDevice(person: Person): Promise<Person> {
  return personOf(person.server, person, await openSession(person.server, String(person.id)))
}

/** The same session towards a server that has been started again. */
export function movedTo(server: Server, person: Person): Person {
  return personOf(server, person, person.session)
}

export function credentials(session: Session) {
  return {
    cookie: `PARTIZAP_SESSION=${session.session}; CSRF_TOKEN=${session.csrf_token}`,
    'x-csrf-token': session.csrf_token,
  }
}

export function vendorUrl(server: Server, path: string) {
  return `${server.url}/api/vendor${path}`
}

function personOf(server: Server, { id, name }: Profile, session: Session): Person {
  const send = (method: string, path: string, options: RequestOptions = {}) => {
    const headers = { ...credentials(session), ...options.headers }
    return request(method, vendorUrl(server, path), { ...options, headers })
  }
  return {
    id,
    name,
    server,
    session,
    get: (path, query) => send('GET', path, query === undefined ? {} : { query }),
    post: (path, json, headers) => send('POST', path, { json, ...(headers !== undefined && { headers }) }),
    delete: (path) => send('DELETE', path),
    upload: (path, form) => send('POST', path, { raw: form }),
    request: send,
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { everybody, newcomer, people, products } from '../../src/demo/content.ts'
import { freshStore } from '../support/databases.ts'
import { BUILD_MS, runExample, runServer, startServer } from './processes.ts'
import type { Running } from './processes.ts'

// Most of these start a process, some of them three, one after the other.
vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'parley-test-demo-'))
let demo: Running

beforeAll(async () => {
  demo = await startServer(['--demo'], { PARLEY_DATA: folder })
}, BUILD_MS)
afterAll(async () => {
  await demo.stop()
  rmSync(folder, { recursive: true })
})

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${demo.url}${path}`, { headers, redirect: 'manual' })

async function signIn(id: string) {
  const response = await get(`/demo/sign-in/${id}`, { accept: 'application/json' })
  return (await response.json()) as { session: string; csrf_token: string; user: Record<string, unknown> }
}

async function conversationsOf(id: string) {
  const { session } = await signIn(id)
  const response = await get('/api/vendor/conversations', { cookie: `PARTIZAP_SESSION=${session}` })
  return ((await response.json()) as { data: Record<string, unknown>[] }).data
}

describe('the start', () => {
  it('says where it listens, what it keeps where, who one can be, and what is insecure', () => {
    const output = demo.output()
    expect(output).toMatch(new RegExp(`ready in .* s\n\n +Open +${demo.url}\n`))
    expect(output).toContain(`creating a database in ${folder}/postgres`)
    expect(output).toContain(`files in ${folder}/blobs`)
    for (const { id, name } of everybody) {
      expect(output).toMatch(new RegExp(`${name} +${demo.url}/demo/sign-in/${id}\n`))
    }
    expect(output).toContain('INSECURE   Anybody on this machine can sign in as anybody.')
  })

  it('refuses to be reached from other machines', async () => {
    const { code, output } = await runServer(['--demo'], { HOST: '0.0.0.0', PARLEY_DATA: folder })
    expect(code).toBe(1)
    expect(output).toMatch(/^HOST is 0\.0\.0\.0, but the demo lets anybody sign in as anybody/)
  })

  it('refuses a database that it shares with others', async () => {
    const env = { DATABASE_URL: 'postgres://127.0.0.1:1/parley', PARLEY_DATA: folder }
    const { code, output } = await runServer(['--demo'], env)
    expect(code).toBe(1)
    expect(output).toMatch(/^DATABASE_URL is set, but the demo lets anybody sign in as anybody.*\n$/)
  })

  it('refuses a folder in which real people are, and leaves them as they were', async () => {
    const store = await freshStore('embedded')
    const env = { PARLEY_DATA: store.dataDir, PARLEY_HOST_TOKEN: 'a-host-token-of-at-least-32-characters' }
    const headers = { authorization: `Bearer ${env.PARLEY_HOST_TOKEN}` }
    const serious = await startServer([], env)
    const put = await fetch(`${serious.url}/host/users/1`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"display_name": "A real person"}',
    })
    expect(put.ok).toBe(true)
    await serious.stop()
    const { code, output } = await runServer(['--demo'], { PARLEY_DATA: store.dataDir })
    expect(code).toBe(1)
    expect(output).toMatch(/^The database in \S+ was not made by the demo.*\n$/)
    expect(output).toContain(store.dataDir)
    await store.drop()
  })

  it('says in one line that the port is taken, and leaves nothing running', async () => {
    const { port } = new URL(demo.url)
    const store = await freshStore('embedded')
    const { code, output } = await runServer(['--demo'], { PORT: port, PARLEY_DATA: store.dataDir })
    await store.drop()
    expect(code).toBe(1)
    expect(output).toBe(`Port ${port} is taken. Stop what listens there, or set PORT to another one.\n`)
  })

  it('names an argument that it does not know, and shows those it does', async () => {
    const { code, output } = await runServer(['--demos'])
    expect(code).toBe(1)
    expect(output).toMatch(/^Unknown option '--demos'\.\n\nUsage: parley \[migrate\] \[--demo\]/)
  })

  it('shows help and version without starting', async () => {
    expect((await runServer(['--help'])).output).toMatch(/^Usage: parley/)
    expect((await runServer(['--version'])).output).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('signing in', () => {
  it('sets both cookies and leads to the web app', async () => {
    const response = await get('/demo/sign-in/1')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/')
    const [session, csrf] = response.headers.getSetCookie()
    expect(session).toMatch(/^PARTIZAP_SESSION=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
    expect(csrf).toMatch(/^CSRF_TOKEN=[\w-]{43}; Path=\/; Expires=[^;]+; SameSite=Lax$/)
  })

  it('answers a program with the session itself', async () => {
    const { session, csrf_token, user } = await signIn('4')
    expect(user).toEqual({ id: 4, display_name: 'Emma Clarke', avatar_url: '/demo/avatars/4.svg' })
    const sent = await fetch(`${demo.url}/api/vendor/conversations`, {
      method: 'POST',
      headers: {
        cookie: `PARTIZAP_SESSION=${session}`,
        'x-csrf-token': csrf_token,
        'content-type': 'application/json',
      },
      body: '{"product_id": 107}',
    })
    expect(sent.status).toBe(200)
  })

  it.each(['7', '0', 'anna', '1%00', '../1'])('is for the demo users alone: not for %s', async (id) => {
    expect((await get(`/demo/sign-in/${encodeURIComponent(id)}`)).status).toBe(404)
  })

  it.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', 200],
    ['none', 200],
  ])('is not for links of other sites: %s', async (from, status) => {
    const response = await get('/demo/sign-in/1', { 'sec-fetch-site': from, accept: 'application/json' })
    expect(response.status).toBe(status)
    expect(response.headers.getSetCookie().length).toBe(status === 200 ? 2 : 0)
  })

  it('is not there on a server without --demo', async () => {
    const store = await freshStore('embedded')
    const serious = await startServer([], { PARLEY_DATA: store.dataDir })
    try {
      for (const path of ['/', '/auth', '/demo/people', '/demo/sign-in/1', '/demo/avatars/1.svg'])
        expect((await fetch(`${serious.url}${path}`)).status).toBe(404)
    } finally {
      expect(await serious.stop()).toMatchObject({ code: 0 })
      await store.drop()
    }
  })
})

describe('another name of this machine', () => {
  const statusAt = (host: string, path: string) =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(demo.url)
      httpGet({ hostname, port, path, headers: { host } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })

  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', '@'])(
    'opens neither the web app nor the door: %j',
    async (host) => {
      for (const path of ['/', '/favicon.svg', '/demo/people', '/demo/sign-in/1', '/host/users/1'])
        expect(await statusAt(host, path)).toBe(403)
    },
  )

  it.each(['127.0.0.1', 'localhost:8080', '[::1]:8080', 'LOCALHOST'])('is fine: %s', async (host) => {
    expect(await statusAt(host, '/')).toBe(200)
  })
})

describe('the web app', () => {
  it('answers at its pages, and nowhere else', async () => {
    for (const path of ['/', '/cabinet/chats/1']) {
      const response = await get(path)
      expect(response.headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self';/,
      )
      expect(await response.text()).toMatch(/^<!doctype html>/i)
    }
    const elsewhere = await get('/nothing')
    expect(elsewhere.status).toBe(404)
    expect(await elsewhere.json()).toEqual({
      error: { code: 'not_found', message: 'There is nothing here.' },
    })
  })

  it('serves a picture of everybody and everything', async () => {
    const pictures = [
      ...everybody.map(({ id }) => `/demo/avatars/${id}.svg`),
      ...products.map(({ id }) => `/demo/products/${id}.svg`),
    ]
    for (const path of pictures) {
      const response = await get(path)
      expect(response.headers.get('content-type')).toBe('image/svg+xml')
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
      expect(await response.text()).toMatch(/^<svg [^]*<\/svg>\s*$/)
    }
    expect((await get('/demo/products/999.svg')).status).toBe(404)
  })
})

describe('the data', () => {
  it('has conversations in both languages, read and unread', async () => {
    const lists = await Promise.all(people.map(({ id }) => conversationsOf(id)))
    for (const list of lists) expect(list).not.toEqual([])
    expect(await conversationsOf(newcomer.id)).toEqual([])
    const unread = lists.flat().map((conversation) => conversation['unread_count'])
    expect(new Set(unread)).toEqual(new Set([0, 1]))
    expect(JSON.stringify(lists)).toMatch(/Thanks.*Спасибо|Спасибо.*Thanks/)
  })

  it('is filled once: a second start adds nothing, and brings nothing back', async () => {
    const { session, csrf_token } = await signIn('1')
    const [hidden] = await conversationsOf('1')
    await fetch(`${demo.url}/api/vendor/conversations/${String(hidden?.['id'])}`, {
      method: 'DELETE',
      headers: { cookie: `PARTIZAP_SESSION=${session}`, 'x-csrf-token': csrf_token },
    })
    const before = await Promise.all(everybody.map(({ id }) => conversationsOf(id)))
    expect(await demo.stop()).toMatchObject({ code: 0 })

    demo = await startServer(['--demo'], { PARLEY_DATA: folder })
    expect(demo.output()).not.toMatch(/creating|Building/)
    expect(await Promise.all(everybody.map(({ id }) => conversationsOf(id)))).toEqual(before)
  })
})

describe('the example', () => {
  it('holds all five flows and ends by itself', async () => {
    const { code, output } = await runExample(demo.url)
    expect({ code, output }).toMatchObject({ code: 0 })
    for (const flow of [1, 2, 3, 4, 5]) expect(output).toContain(`Flow ${flow}.`)
    expect(output).toContain('recovers what was missed')
  })

  it('says how to start a server where there is none', async () => {
    expect(await runExample('http://127.0.0.1:1')).toEqual({
      code: 1,
      output: '\nThere is no demo at http://127.0.0.1:1. Start one in another terminal: npm start\n',
    })
  })
})

import { request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { apiKey, read, startApi } from './api.ts'

describe('the key', () => {
  const withKey = async (headers: Record<string, string>, query = '') => {
    const { fetchApi } = await startApi()
    return read(await fetchApi(`info${query}`, { body: '{}', headers }))
  }

  it.each([
    [{ 'x-api-key': apiKey }, ''],
    [{ 'x-api-key': '', authorization: `apikey ${apiKey}` }, ''],
    [{ 'x-api-key': '', authorization: `ApiKey ${apiKey}` }, ''],
    [{ 'x-api-key': '' }, `?api_key=${apiKey}`],
  ])('is taken from %o%s', async (headers, query) => {
    expect(await withKey(headers, query)).toMatchObject({ status: 200 })
  })

  it.each([
    [{ 'x-api-key': '' }, ''],
    [{ 'x-api-key': 'secre' }, ''],
    [{ 'x-api-key': 'secret2' }, ''],
    [{ 'x-api-key': '', authorization: apiKey }, ''],
    [{ 'x-api-key': '', authorization: `bearer ${apiKey}` }, ''],
    [{ 'x-api-key': '' }, '?api_key='],
    [{ 'x-api-key': '' }, `?x_api_key=${apiKey}`],
  ])('is missed in %o%s', async (headers, query) => {
    expect(await withKey(headers, query)).toMatchObject({ status: 401, body: '' })
  })

  it('is asked for before anything of the body has come', async () => {
    const { port } = await startApi()
    const sent = request({ port, path: '/api/publish', method: 'POST', headers: { 'content-length': 1000 } })
    sent.flushHeaders()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(401)
    sent.on('error', () => undefined).destroy()
  })

  it('turns the API off where it is empty', async () => {
    const { fetchApi } = await startApi({ apiKey: '' })
    expect(await fetchApi('info', { headers: { 'x-api-key': '' }, body: '{}' })).toMatchObject({
      status: 404,
    })
  })
})

describe('requests', () => {
  it.each(['GET', 'PUT', 'DELETE'])('by %s are refused', async (method) => {
    const { fetchApi } = await startApi()
    const { status, headers } = await fetchApi('info', { method })
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'POST' })
  })

  it.each(['', 'unknown', 'publish/', 'constructor', '__proto__', 'map_publish'])(
    'for /api/%s find nothing',
    async (method) => {
      const { fetchApi } = await startApi()
      expect(await fetchApi(method, { body: '{}' })).toMatchObject({ status: 404 })
    },
  )

  it('whose path is another’s are left alone', async () => {
    const { port } = await startApi({ prefix: '/realtime' })
    const statusOf = async (path: string) => {
      const url = `http://127.0.0.1:${port}${path}?api_key=${apiKey}`
      return (await fetch(url, { method: 'POST', body: '{}' })).status
    }
    expect(await statusOf('/api/info')).toBe(404)
    expect(await statusOf('/realtime/apis/info')).toBe(404)
    expect(await statusOf('/realtime/api/info')).toBe(200)
  })

  it.each(['', 'x', '{', '{"channel":"room"}}', "{'channel':'room'}"])(
    'that are no JSON (%s) are refused in words',
    async (body) => {
      const { fetchApi } = await startApi()
      const answer = await read(await fetchApi('publish', { body }))
      expect(answer).toEqual({ status: 400, type: 'text/plain; charset=utf-8', body: 'Bad Request' })
    },
  )

  const tooLong = JSON.stringify({ channel: 'room', data: 'x'.repeat(1_048_576) })

  it('that are too long are refused, and the connection goes on', async () => {
    const { fetchApi, call } = await startApi()
    expect(await fetchApi('publish', { body: tooLong })).toMatchObject({ status: 413 })
    expect(await call('publish', { channel: 'room', data: 'x'.repeat(1_000_000) })).toHaveProperty('offset')
  })

  it('that are too long and do not say so are refused', async () => {
    const { fetchApi } = await startApi()
    const body = new Blob([tooLong]).stream()
    expect(await fetchApi('publish', { body, duplex: 'half' })).toMatchObject({ status: 413 })
  })

  it('that break off do no harm', async () => {
    const { port, call } = await startApi()
    const headers = { 'content-length': 1000, 'x-api-key': apiKey }
    const sent = request({ port, path: '/api/publish', method: 'POST', headers })
    sent.on('error', () => undefined)
    sent.write('{')
    await once(sent, 'socket')
    await new Promise((resolve) => sent.once('close', resolve).destroy())
    expect(await call('info', {})).toHaveProperty('nodes')
  })
})

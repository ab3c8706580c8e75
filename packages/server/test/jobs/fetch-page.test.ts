import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fetchPage, NotFetched } from '../../src/jobs/fetch-page.ts'
import { isPublic } from '../../src/jobs/public-addresses.ts'

it.each([
  ...[
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
  ],
  ...['172.16.0.1', '172.31.255.255', '192.0.0.192', '192.168.1.1', '198.18.0.1', '224.0.0.1', '239.1.1.1'],
  ...['240.0.0.1', '255.255.255.255', '168.63.129.16', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
  ...['::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1'],
  ...['ff02::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '100::1', 'nothing'],
])('%s is not public', (address) => {
  expect(isPublic(address)).toBe(false)
})

it.each(['1.1.1.1', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => {
    expect(isPublic(address)).toBe(true)
  },
)

const HTML = { 'content-type': 'text/html; charset=utf-8' }
let server: http.Server
let origin: string
let allow: string[]
let asked: http.IncomingMessage[] = []

beforeAll(async () => {
  server = http.createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  origin = `http://127.0.0.1:${port}`
  allow = [`127.0.0.1:${port}`]
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  asked.push(request)
  const { pathname, searchParams } = new URL(request.url ?? '', origin)
  const left = Number(searchParams.get('left'))
  if (pathname === '/page') response.writeHead(200, HTML).end('<title>Привет</title>')
  else if (pathname === '/old')
    response
      .writeHead(200, { 'content-type': 'text/html; charset=windows-1251' })
      .end(Buffer.from([0xcf, 0xf0, 0xe8]))
  else if (pathname === '/json') response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  else if (pathname === '/gone') response.writeHead(404, HTML).end('gone')
  else if (pathname === '/broken') response.writeHead(503, HTML).end('later')
  else if (pathname === '/packed') response.writeHead(200, { ...HTML, 'content-encoding': 'gzip' }).end('x')
  else if (pathname === '/large') response.writeHead(200, HTML).end('a'.repeat(2_000_000))
  else if (pathname === '/to') response.writeHead(302, { location: searchParams.get('url') ?? '' }).end()
  else if (pathname === '/again')
    response.writeHead(302, { location: left > 1 ? `/again?left=${left - 1}` : '/page' }).end()
}

const fetchOwn = (path: string) => fetchPage(`${origin}${path}`, { allow })

it('fetches a page, and tells it nothing of anybody', async () => {
  asked = []
  expect((await fetchOwn('/page')).html).toBe('<title>Привет</title>')
  expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'user-agent',
  ])
  expect((await fetchOwn('/old')).html).toBe('При')
})

it('takes 512 KB at most', async () => {
  expect((await fetchOwn('/large')).html).toHaveLength(512 * 1024)
})

it.each(['/json', '/gone', '/packed'])('takes nothing else: %s', async (path) => {
  await expect(fetchOwn(path)).rejects.toThrow(NotFetched)
})

it('may ask again where the server is in trouble, or does not answer in time', async () => {
  await expect(fetchOwn('/broken')).rejects.not.toThrow(NotFetched)
  await expect(fetchOwn('/silent')).rejects.not.toThrow(NotFetched)
})

it('follows three redirects, and no fourth', async () => {
  expect((await fetchOwn('/again?left=3')).url.pathname).toBe('/page')
  await expect(fetchOwn('/again?left=4')).rejects.toThrow('too many redirects')
})

it.each([
  ...[
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
  ],
  ...[
    'http://169.254.169.254/latest',
    'http://localhost/',
    'http://user:secret@1.1.1.1/',
    'http://1.1.1.1:22/',
  ],
  ...['https://10.0.0.1/', 'ftp://1.1.1.1/', 'file:///etc/passwd'],
])('goes neither to %s nor where it is sent there', async (url) => {
  await expect(fetchPage(url, { allow })).rejects.toThrow(NotFetched)
  await expect(fetchOwn(`/to?url=${encodeURIComponent(url)}`)).rejects.toThrow(NotFetched)
})

it('goes nowhere where one of the addresses of a name is not public', async () => {
  const addresses = ['1.1.1.1', '127.0.0.1'].map((address) => ({ address, family: 4 }))
  const resolve = () => Promise.resolve(addresses)
  await expect(fetchPage('http://two.example/', { resolve })).rejects.toThrow(NotFetched)
})

it('asks for the addresses of a name once, and connects to these', async () => {
  const { port } = new URL(origin)
  const answers = [[{ address: '127.0.0.1', family: 4 }], [{ address: '10.0.0.1', family: 4 }]]
  const resolve = () => Promise.resolve(answers.shift() ?? [])
  const options = { resolve, allow: [...allow, `own.example:${port}`] }
  expect((await fetchPage(`http://own.example:${port}/page`, options)).html).toContain('Привет')
  expect(answers).toHaveLength(1)
})

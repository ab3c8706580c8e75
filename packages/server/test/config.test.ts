import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isLoopback, readConfig, variables } from '../src/config.ts'

const SECRET = 'Zq8-secret-that-nobody-must-read-Zq8'

describe('the configuration', () => {
  test('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      port: 8080,
      host: '127.0.0.1',
      databaseUrl: undefined,
      dataFolder: './data',
      publicUrl: undefined,
      allowedOrigins: [],
      hostToken: undefined,
      adminTokens: [],
      jwtSecrets: [],
      jwksUrl: undefined,
      jwtUserClaim: 'sub',
      sessionCookie: 'PARTIZAP_SESSION',
      trustClientIds: false,
      trustProxy: false,
      rateLimit: 1200,
      roomsEditMinutes: 15,
      roomsFileMegabytes: 10,
      autoArchiveDays: 3,
      linkPreviews: true,
      webhookUrls: [],
      webhookSecret: '',
      webhookAllowPrivate: false,
      recoveryHours: 24,
      recoveryEvents: 300,
      logLevel: 'info',
    })
  })

  test('takes every variable', () => {
    const env = {
      PORT: '0',
      HOST: '0.0.0.0',
      DATABASE_URL: 'postgresql://user:pass@db:5432/parley',
      PARLEY_DATA: '/var/lib/parley',
      PARLEY_PUBLIC_URL: 'https://Chat.Example.com/',
      PARLEY_ALLOWED_ORIGINS: 'https://shop.example.com, http://localhost:3000',
      PARLEY_HOST_TOKEN: 'h'.repeat(32),
      PARLEY_ADMIN_TOKENS: `${'i'.repeat(32)},${'j'.repeat(32)}`,
      PARLEY_JWT_SECRETS: `${'a'.repeat(32)}, ${'ü'.repeat(16)}`,
      PARLEY_JWKS_URL: 'https://id.example.com/.well-known/jwks.json',
      PARLEY_JWT_USER_CLAIM: 'https://example.com/user',
      PARLEY_SESSION_COOKIE: '__Host-session',
      PARLEY_TRUST_CLIENT_IDS: 'true',
      PARLEY_TRUST_CLIENT_IDS_ANYWHERE: 'true',
      PARLEY_TRUST_PROXY: 'true',
      PARLEY_RATE_LIMIT: '0',
      PARLEY_ROOMS_EDIT_MINUTES: '1',
      PARLEY_ROOMS_FILE_MB: '1024',
      PARLEY_AUTO_ARCHIVE_DAYS: '0',
      PARLEY_LINK_PREVIEWS: 'false',
      PARLEY_WEBHOOK_URLS:
        'https://shop.example.com/chat, http://10.0.0.7:9000/?key=1,https://shop.example.com/chat',
      PARLEY_WEBHOOK_SECRET: 'w'.repeat(32),
      PARLEY_WEBHOOK_ALLOW_PRIVATE: 'true',
      PARLEY_RECOVERY_HOURS: '1',
      PARLEY_RECOVERY_EVENTS: '50',
      PARLEY_LOG_LEVEL: 'warn',
    }
    expect(Object.keys(env).sort()).toEqual(Object.keys(variables.shape).sort())
    expect(readConfig(env)).toEqual({
      port: 0,
      host: '0.0.0.0',
      databaseUrl: 'postgresql://user:pass@db:5432/parley',
      dataFolder: '/var/lib/parley',
      publicUrl: 'https://chat.example.com',
      allowedOrigins: ['https://shop.example.com', 'http://localhost:3000'],
      hostToken: 'h'.repeat(32),
      adminTokens: ['i'.repeat(32), 'j'.repeat(32)],
      jwtSecrets: ['a'.repeat(32), 'ü'.repeat(16)],
      jwksUrl: 'https://id.example.com/.well-known/jwks.json',
      jwtUserClaim: 'https://example.com/user',
      sessionCookie: '__Host-session',
      trustClientIds: true,
      trustProxy: true,
      rateLimit: 0,
      roomsEditMinutes: 1,
      roomsFileMegabytes: 1024,
      autoArchiveDays: 0,
      linkPreviews: false,
      webhookUrls: ['https://shop.example.com/chat', 'http://10.0.0.7:9000/?key=1'],
      webhookSecret: 'w'.repeat(32),
      webhookAllowPrivate: true,
      recoveryHours: 1,
      recoveryEvents: 50,
      logLevel: 'warn',
    })
  })

  test('counts what is set to nothing as unset', () => {
    expect(readConfig({ PORT: '', PARLEY_JWKS_URL: ' ', PARLEY_HOST_TOKEN: '' })).toEqual(readConfig({}))
  })

  test('leaves the variables of others alone', () => {
    expect(readConfig({ PATH: '/bin', NODE_ENV: 'test', PARLEYS: '1' })).toEqual(readConfig({}))
  })

  test.each([
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '1e3'],
    ['DATABASE_URL', 'mysql://user:pass@db/parley'],
    ['DATABASE_URL', 'db:5432'],
    ['PARLEY_PUBLIC_URL', 'chat.example.com'],
    ['PARLEY_PUBLIC_URL', 'ftp://chat.example.com'],
    ['PARLEY_PUBLIC_URL', 'https://chat.example.com/chat'],
    ['PARLEY_PUBLIC_URL', 'https://chat.example.com/?a=b'],
    ['PARLEY_PUBLIC_URL', 'https://user:pass@chat.example.com'],
    ['PARLEY_ALLOWED_ORIGINS', '*'],
    ['PARLEY_ALLOWED_ORIGINS', 'https://a.example.com,,https://b.example.com'],
    ['PARLEY_HOST_TOKEN', 'h'.repeat(31)],
    ['PARLEY_HOST_TOKEN', `${'h'.repeat(32)} h`],
    ['PARLEY_JWT_SECRETS', 'a'.repeat(31)],
    ['PARLEY_JWT_SECRETS', `${'a'.repeat(32)},short`],
    ['PARLEY_JWKS_URL', '/jwks.json'],
    ['PARLEY_JWKS_URL', 'file:///jwks.json'],
    ['PARLEY_SESSION_COOKIE', 'my session'],
    ['PARLEY_TRUST_CLIENT_IDS', 'yes'],
    ['PARLEY_TRUST_CLIENT_IDS_ANYWHERE', '1'],
    ['PARLEY_TRUST_PROXY', 'TRUE'],
    ['PARLEY_RATE_LIMIT', '-1'],
    ['PARLEY_WEBHOOK_SECRET', 'w'.repeat(31)],
    ['PARLEY_WEBHOOK_ALLOW_PRIVATE', 'yes'],
    ['PARLEY_RECOVERY_HOURS', '0'],
    ['PARLEY_RECOVERY_EVENTS', '0'],
    ['PARLEY_LOG_LEVEL', 'verbose'],
  ])('refuses %s=%s and says why', (name, value) => {
    const [title, ...faults] = faultsOf({ [name]: value })
    expect(title).toBe('The configuration is not valid:')
    expect(faults).toEqual([expect.stringMatching(new RegExp(`^ {2}${name} (\\(entry \\d\\) )?(must|may) `))])
  })

  test('tells which entry of a list is at fault', () => {
    const secrets = ['short', 'a'.repeat(32), 'brief'].join()
    expect(faultsOf({ PARLEY_JWT_SECRETS: secrets }).slice(1)).toEqual([
      '  PARLEY_JWT_SECRETS (entry 1) must have at least 32 bytes',
      '  PARLEY_JWT_SECRETS (entry 3) must have at least 32 bytes',
    ])
  })

  test('tells all faults at once', () => {
    const env = {
      PORT: 'x',
      PARLEY_RATE_LIMIT: 'x',
      PARLEY_TRUST_CLIENT_IDS: 'true',
      HOST: '::',
      PARLEY_JWT: 'x',
    }
    const names = faultsOf(env)
      .slice(1)
      .map((fault) => fault.trim().split(' ')[0])
    expect(names).toEqual(['PORT', 'PARLEY_RATE_LIMIT', 'PARLEY_TRUST_CLIENT_IDS', 'PARLEY_JWT'])
  })

  test.each([
    ['PARLEY_HOST_TOKENS', 'PARLEY_HOST_TOKEN'],
    ['PARLEY_JWT_SECRET', 'PARLEY_JWT_SECRETS'],
    ['PARLEY_LOGLEVEL', 'PARLEY_LOG_LEVEL'],
    ['PARLEY_PORT', 'PORT'],
    ['PARLEY_DATABASE_URL', 'DATABASE_URL'],
  ])('refuses %s and asks whether %s is meant', (name, known) => {
    expect(faultsOf({ [name]: '1' }).slice(1)).toEqual([`  ${name} is not known; did you mean ${known}?`])
  })

  test.each(Object.keys(variables.shape))('quotes no value of %s', (name) => {
    const values = [SECRET, `${SECRET},${'x'.repeat(40)},${SECRET.slice(0, 12)}`, `mysql://u:${SECRET}@h/`]
    for (const value of values)
      expect(messageOf({ [name]: value, PARLEY_UNKNOWN: SECRET })).not.toContain('Zq8')
  })
})

describe('trusting client ids', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('is allowed on %s', (host) => {
    expect(readConfig({ PARLEY_TRUST_CLIENT_IDS: 'true', HOST: host }).trustClientIds).toBe(true)
  })

  test.each(['0.0.0.0', '::', '192.168.1.5', 'chat.example.com', '127.example.com', '127.0.0.1.example.com'])(
    'is refused on %s unless the second setting allows it',
    (host) => {
      const env = { PARLEY_TRUST_CLIENT_IDS: 'true', HOST: host }
      expect(faultsOf(env)[1]).toMatch(/^ {2}PARLEY_TRUST_CLIENT_IDS .*PARLEY_TRUST_CLIENT_IDS_ANYWHERE=true/)
      expect(readConfig({ ...env, PARLEY_TRUST_CLIENT_IDS_ANYWHERE: 'true' }).host).toBe(host)
      expect(isLoopback(host)).toBe(false)
    },
  )
})

describe('webhooks', () => {
  test('go to http and https URLs only', () => {
    const env = {
      PARLEY_WEBHOOK_SECRET: SECRET,
      PARLEY_WEBHOOK_URLS: 'https://shop.example.com,ftp://shop.example.com',
    }
    expect(faultsOf(env).slice(1)).toEqual(['  PARLEY_WEBHOOK_URLS (entry 2) must be an http or https URL'])
  })

  test('are refused without a secret', () => {
    const faults = faultsOf({ PARLEY_WEBHOOK_URLS: 'https://shop.example.com' })
    expect(faults.slice(1)).toEqual([expect.stringMatching(/^ {2}PARLEY_WEBHOOK_SECRET must be set /)])
  })
})

describe('docs/configuration.md', () => {
  const rows = readDocumentedRows()

  test('lists every variable once, in the order of the schema', () => {
    expect(rows.map((row) => row.name)).toEqual(Object.keys(variables.shape))
  })

  test.each(rows)(
    'gives the default of $name, its unit and its meaning',
    ({ name, fallback, unit, meaning }) => {
      const schema = z.toJSONSchema(variables, { io: 'input', unrepresentable: 'any' }).properties?.[name]
      const known: unknown = typeof schema === 'object' ? schema.default : undefined
      expect(fallback).toBe(typeof known === 'string' ? `\`${known}\`` : 'unset')
      expect([unit, meaning]).not.toContain('')
    },
  )
})

function readDocumentedRows() {
  const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8')
  const lines = page.split('\n').filter((line) => line.startsWith('| `'))
  return lines.map((line) => {
    const [name = '', fallback = '', unit = '', meaning = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim())
    return { name: name.replaceAll('`', ''), fallback, unit, meaning }
  })
}

function faultsOf(env: Record<string, string>): string[] {
  const message = messageOf(env)
  expect(message).not.toBe('')
  return message.split('\n')
}

function messageOf(env: Record<string, string>): string {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigError' })
    return error instanceof Error ? error.message : ''
  }
}

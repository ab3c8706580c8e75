import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCentrifuge, type Options } from '../src/index.ts'
import { parseDuration } from '../src/channels/duration.ts'

/** Options as somebody without types would write them. */
const create = (options: object) => createCentrifuge(options as Options)

const inNamespace = (options: object) => ({ channel: { namespaces: [{ name: 'news', ...options }] } })
const withoutNamespace = (options: object) => ({ channel: { without_namespace: options } })
const history = { history_size: 10, history_ttl: '10m' }

describe('options', () => {
  it('may all be left out, or be undefined', async () => {
    await create({}).close()
    const undefinedOnes = { pingInterval: undefined, engine: undefined, channel: undefined, token: undefined }
    await create({ ...undefinedOnes, connect: undefined }).close()
  })

  it('may be of any namespace at once', async () => {
    const channel = {
      history_meta_ttl: '48h',
      without_namespace: { presence: true },
      namespaces: [
        { name: 'news', ...history, force_recovery: true, allowed_delta_types: ['fossil'] },
        { name: 'a-B_9', ...history, history_meta_ttl: '1h', force_recovery_mode: 'cache' },
        { name: 'raw', channel_regex: '^\\d+$', publication_data_format: 'binary' },
        { name: 'off', history_size: 0, history_ttl: '0', presence: undefined },
      ],
    }
    await create({ channel }).close()
  })

  it.each([
    [{ pinginterval: 25_000 }, 'pinginterval'],
    [{ history_size: 10 }, 'history_size'],
    [{ onConnect: async () => null }, 'onConnect'],
    [{ pingInterval: '25s' }, 'pingInterval'],
    [{ pingInterval: null }, 'pingInterval'],
    [{ pingInterval: 8_000 }, 'pingInterval'],
    [{ staleTimeout: -1 }, 'staleTimeout'],
    [{ queueMaxBytes: NaN }, 'queueMaxBytes'],
    [{ queueMaxBytes: 1.5 }, 'queueMaxBytes'],
    [{ messageMaxBytes: 0.5 }, 'messageMaxBytes'],
    [{ channelsPerClient: Infinity }, 'channelsPerClient'],
    [{ concurrency: 1.5 }, 'concurrency'],
    [{ commandsPerSecond: Infinity }, 'commandsPerSecond'],
    [{ pingInterval: 0.01, pongTimeout: 0 }, 'pingInterval'],
    [{ pingInterval: 2_147_483_648 }, 'pingInterval'],
    [{ shutdownTimeout: 2_147_483_648 }, 'shutdownTimeout'],
    [{ shutdownTimeout: Infinity }, 'shutdownTimeout'],
    [{ closeTimeout: Infinity }, 'closeTimeout'],
    [{ presenceUpdateInterval: 0 }, 'presenceUpdateInterval'],
    [{ presenceTtl: 27_000 }, 'presenceTtl'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ concurrency: '8' }, 'concurrency'],
    [{ commandsPerSecond: 10, commandsBurst: 0 }, 'commandsBurst'],
    [{ allowAnonymous: 'yes' }, 'allowAnonymous'],
    [{ httpStream: 1 }, 'httpStream'],
    [{ apiKey: 7 }, 'apiKey'],
    [{ apiKey: ' \t' }, 'apiKey'],
    [{ allowedOrigins: {} }, 'allowedOrigins'],
    [{ allowedOrigins: null }, 'allowedOrigins'],
    [{ allowedOrigins: '*' }, 'allowedOrigins'],
    [{ allowedOrigins: [/./] }, 'allowedOrigins'],
    [{ allowedOrigins: ['example.com'] }, 'allowedOrigins'],
    [{ allowedOrigins: ['https://example.com/'] }, 'allowedOrigins'],
    [{ prefix: 'realtime' }, 'prefix'],
    [{ prefix: '/realtime/' }, 'prefix'],
    [{ engine: {} }, 'engine.subscribe'],
    [{ presence: { add: () => undefined } }, 'presence.remove'],
    [{ connect: 'https://app.example/connect' }, 'connect'],
    [{ subscribe: true }, 'subscribe'],
    [{ onError: null }, 'onError'],
    [{ engine: 'redis' }, 'engine'],
    [{ presence: true }, 'presence'],
  ])('%o is refused', (options, name) => {
    expect(() => create(options)).toThrow(new RegExp(`^centrifuge: ${name} `))
  })
})

describe('options of channels', () => {
  it.each([
    [{ channel: [] }, 'channel'],
    [{ channel: 'news' }, 'channel'],
    [{ channel: { namespace: [] } }, 'channel.namespace'],
    [{ channel: { namespaces: {} } }, 'channel.namespaces'],
    [{ channel: { namespaces: ['news'] } }, 'each of channel.namespaces'],
    [{ channel: { without_namespace: null } }, 'channel.without_namespace'],
    [{ channel: { history_meta_ttl: 'a month' } }, 'channel.history_meta_ttl'],
    [withoutNamespace({ presense: true }), 'channel.without_namespace.presense'],
    [withoutNamespace({ name: 'news' }), 'channel.without_namespace.name'],
    [inNamespace({ subscribe_proxy_enabled: true }), 'namespace news: subscribe_proxy_enabled'],
    [inNamespace({ presence: 'true' }), 'namespace news: presence'],
    [inNamespace({ allow_history_for_client: 1 }), 'namespace news: allow_history_for_client'],
    [inNamespace({ history_size: 10 }), 'namespace news: history_ttl'],
    [inNamespace({ history_size: 10, history_ttl: '0' }), 'namespace news: history_ttl'],
    [inNamespace({ history_ttl: '10m' }), 'namespace news: history_size'],
    [inNamespace({ ...history, history_size: 1.5 }), 'namespace news: history_size'],
    [inNamespace({ ...history, history_size: -1 }), 'namespace news: history_size'],
    [inNamespace({ ...history, history_size: '10' }), 'namespace news: history_size'],
    [inNamespace({ ...history, history_ttl: 600 }), 'namespace news: history_ttl'],
    [inNamespace({ ...history, history_ttl: '10 minutes' }), 'namespace news: history_ttl'],
    [inNamespace({ ...history, history_ttl: '721h' }), 'namespace news: history_ttl'],
    [inNamespace({ ...history, history_meta_ttl: '9m' }), 'namespace news: history_ttl'],
    [inNamespace({ ...history, history_meta_ttl: '-1h' }), 'namespace news: history_meta_ttl'],
    [inNamespace({ channel_regex: '(' }), 'namespace news: channel_regex'],
    [inNamespace({ channel_regex: /news/ }), 'namespace news: channel_regex'],
    [inNamespace({ force_recovery: true }), 'namespace news: force_recovery'],
    [inNamespace({ allow_recovery: true }), 'namespace news: allow_recovery'],
    [inNamespace({ force_positioning: true }), 'namespace news: force_positioning'],
    [inNamespace({ allow_positioning: true }), 'namespace news: allow_positioning'],
    [inNamespace({ ...history, force_recovery_mode: 'newest' }), 'namespace news: force_recovery_mode'],
    [inNamespace({ ...history, allowed_delta_types: ['xdelta'] }), 'namespace news: allowed_delta_types'],
    [inNamespace({ ...history, allowed_delta_types: 'fossil' }), 'namespace news: allowed_delta_types'],
    [inNamespace({ publication_data_format: 'xml' }), 'namespace news: publication_data_format'],
  ])('%j are refused', (options, name) => {
    expect(() => create(options)).toThrow(new RegExp(`^centrifuge: ${name} `))
  })

  it.each(['', 'n', 'two words', 'größe', 'a:b', 7, undefined])('refuse the namespace %j', (name) => {
    expect(() => create({ channel: { namespaces: [{ name }] } })).toThrow('name of a namespace')
  })

  it('refuse two namespaces of one name', () => {
    const namespaces = [{ name: 'news' }, { name: 'chat' }, { name: 'news' }]
    expect(() => create({ channel: { namespaces } })).toThrow('channel.namespaces has news twice')
  })
})

describe('options of tokens', () => {
  it.each([
    [{ token: {} }, 'token needs one of hmac_secret_key'],
    [{ token: { hmac_secret_key: '' } }, 'token needs one of hmac_secret_key'],
    [{ token: { audience: 'app' } }, 'token needs one of hmac_secret_key'],
    [{ token: { hmac_secret: 'a' } }, 'token.hmac_secret '],
    [{ token: { hmac_secret_key: 7 } }, 'token.hmac_secret_key '],
    [{ token: 'a secret' }, 'token must be an object'],
    [{ token: '' }, 'token must be an object'],
    [{ token: null }, 'token must be an object'],
    [{ subscriptionToken: {} }, 'subscriptionToken needs one of hmac_secret_key'],
    [{ subscriptionToken: false }, 'subscriptionToken must be an object'],
    [{ subscriptionToken: { rsa_public_key: 'none' } }, 'subscriptionToken.rsa_public_key '],
  ])('%j are refused', (options, message) => {
    expect(() => create(options)).toThrow(`centrifuge: ${message}`)
  })
})

const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
const part = fc.tuple(fc.nat(10_000), fc.constantFrom('h', 'm', 's', 'ms'))

describe('durations', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['300s', 300_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['720h', 2_592_000_000],
    ['250ms', 250],
  ])('%s are %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it('are the sum of their parts', () => {
    const durations = fc.array(part, { minLength: 1, maxLength: 5 })
    const property = fc.property(durations, (parts) => {
      const sum = parts.reduce((total, [count, unit]) => total + count * units[unit], 0)
      expect(parseDuration(parts.map(([count, unit]) => `${count}${unit}`).join(''))).toBe(sum)
    })
    fc.assert(property)
  })

  it('are numbers with units and nothing else', () => {
    const property = fc.property(fc.string(), (text) => {
      const isDuration = text === '0' || /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)
      expect(parseDuration(text) !== undefined).toBe(isDuration)
    })
    fc.assert(property)
  })

  it.each(['', ' ', '10', '-1s', '1 s', '1d', 's', '1s ', '.5s', '1e3s', '٣s', 'Infinitys'])(
    '%j is none',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  )
})

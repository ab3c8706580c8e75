import { hostname } from 'node:os'
import { optionalText, text } from './fields.ts'
import { method } from './method.ts'
import { clientInfoView } from './views.ts'

export const presence = method({ channel: text }, async ({ centrifuge }, { channel }) => {
  const infos = await centrifuge.presence(channel)
  return { presence: Object.fromEntries(infos.map((info) => [info.client, clientInfoView(info)])) }
})

export const presenceStats = method({ channel: text }, async ({ centrifuge }, { channel }) => {
  const { clients, users } = await centrifuge.presenceStats(channel)
  return { num_clients: clients, num_users: users }
})

export const channels = method({ pattern: optionalText }, ({ centrifuge }, { pattern }) => {
  const subscribers = Array.from(centrifuge.channels(pattern))
  return { channels: Object.fromEntries(subscribers.map(([name, count]) => [name, { num_clients: count }])) }
})

export const info = method({}, ({ centrifuge }) => {
  const { id, uptime } = centrifuge.info()
  const counts = centrifuge.counts()
  const node = {
    uid: id,
    name: hostname(),
    num_clients: counts.connections,
    num_users: counts.users,
    num_channels: counts.channels,
    num_subs: counts.subscriptions,
    uptime: Math.floor(uptime / 1000),
  }
  return { nodes: [node] }
})

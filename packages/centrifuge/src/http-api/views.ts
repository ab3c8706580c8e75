import type { ClientInfo, Publication } from '../engine/engine.ts'
import { bytesOf, type Payload } from '../payload.ts'

export function publicationView({ data, offset, tags, info }: Publication) {
  return { ...payloadView('data', data), offset, tags, info: info && clientInfoView(info) }
}

export function clientInfoView({ user, client, connInfo, chanInfo }: ClientInfo) {
  return { user, client, ...payloadView('conn_info', connInfo), ...payloadView('chan_info', chanInfo) }
}

/** JSON cannot say bytes: they go as base64, under the name that requests use for it. */
function payloadView(name: string, payload: Payload | undefined): Record<string, unknown> {
  if (payload === undefined) return {}
  if (typeof payload === 'string') return { [name]: JSON.parse(payload) as unknown }
  return { [`b64${name}`]: Buffer.from(bytesOf(payload)).toString('base64') }
}

import { createHmac } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { Delivery } from '../db/webhooks.ts'
import { guardedLookup, hostOf } from './guarded-lookup.ts'
import type { Resolve } from './guarded-lookup.ts'
import { isPublic } from './public-addresses.ts'
import { bodyOf } from './webhook-payloads.ts'

export interface RequestOptions {
  secret: string
  /** Whether addresses of this machine and its neighbours are fine. */
  allowPrivate: boolean
  timeoutMs: number
  resolve?: Resolve | undefined
  signal: AbortSignal
}

/** Sends a signed delivery; resolves with the status of the answer, whatever that is, and follows no redirect. */
export async function sendDelivery(url: URL, delivery: Delivery, options: RequestOptions): Promise<number> {
  const body = bodyOf(delivery)
  const signature = createHmac('sha256', options.secret).update(body).digest('hex')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'Parley (webhook)',
    'x-webhook-id': delivery.id,
    'x-webhook-event': delivery.type,
    'x-webhook-signature': `sha256=${signature}`,
  }
  const signal = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), options.signal])
  const client = url.protocol === 'https:' ? https : http
  const guard = options.allowPrivate ? {} : guardOf(url, options)
  return new Promise((resolve, reject) => {
    client
      .request(url, { method: 'POST', agent: false, headers, signal, ...guard })
      .on('response', (response) => {
        resolve(response.statusCode ?? 0)
        response.destroy()
      })
      .on('error', reject)
      .end(body)
  })
}

function guardOf(url: URL, { resolve }: RequestOptions) {
  const refusal = new Error('not on the public internet')
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isPublic(host)) throw refusal
  return { lookup: guardedLookup({ isAllowed: isPublic, refusal, resolve }) }
}

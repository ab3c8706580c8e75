import { lookup } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'

export type Resolve = (host: string) => Promise<LookupAddress[]>

const resolveAll: Resolve = (host) => lookup(host, { all: true })

/** Of an address nobody looks anything up, so that a guarded look-up would not be asked. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')

export interface Guard {
  isAllowed: (address: string) => boolean
  /** What the connection fails with where one of the addresses is not allowed. */
  refusal: Error
  resolve?: Resolve | undefined
}

/** Resolves a name to addresses that are connected to as they are: a second answer to the same question is not asked for. */
export function guardedLookup({ isAllowed, refusal, resolve = resolveAll }: Guard): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        const [first] = addresses
        if (!first || !addresses.every(({ address }) => isAllowed(address))) callback(refusal, [])
        else if (all) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error('no addresses'), []),
    )
  }
}

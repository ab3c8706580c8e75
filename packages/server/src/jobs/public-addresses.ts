import { BlockList, isIPv4 } from 'node:net'

// What IANA's registries of special-purpose addresses do not call globally reachable, multicast, and the addresses at
// which clouds tell their machines secrets.
const V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32'],
]
/** Of those that are handed out at all; among the others are IPv4-mapped, local, unique local and multicast ones. */
const V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
const HANDED_OUT = ['2000::/3']

const refused = listOf([...V4, ...V6])
const handedOut = listOf(HANDED_OUT)

function listOf(ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6')
  }
  return list
}

/** Whether an IP address is somebody's on the internet, and not of this machine or its neighbours. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !refused.check(address, 'ipv4')
  return handedOut.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

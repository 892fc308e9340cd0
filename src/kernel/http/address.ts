import ipaddr from 'ipaddr.js';

/** IP addresses for rate limits and access rules. */

const GROUPS_OF_64 = 4;

/**
 * The network that an address counts as. An IPv6 customer gets a whole /64, so all its addresses count as one. An
 * IPv4-mapped IPv6 address counts as its IPv4 address. Text that is no address counts as itself.
 * @example networkOf('::ffff:192.0.2.1') === '192.0.2.1'
 */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const ip = ipaddr.process(address);
  if (ip.kind() === 'ipv4') return ip.toString();
  const groups = (ip as ipaddr.IPv6).parts.slice(0, GROUPS_OF_64).map((part) => part.toString(16));
  return `${groups.join(':')}::/64`;
}

const OWN_RANGES = ['loopback', 'private', 'uniqueLocal', 'linkLocal'];

/** Whether an address belongs to this machine or to a private network, such as that of the containers. */
export const isPrivate = (address: string | undefined): boolean =>
  address !== undefined && ipaddr.isValid(address) && OWN_RANGES.includes(ipaddr.process(address).range());

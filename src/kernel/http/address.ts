import ipaddr from 'ipaddr.js';

/** Internet addresses as limits and rules of access see them. */

const GROUPS_OF_64 = 4;

/**
 * Whom an address counts as. A customer gets a whole /64 of IPv6, so that counts as one; an IPv4 address in IPv6 dress
 * is that IPv4 address. Text that is no address counts as itself.
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

/** Whether an address is of this machine or of a private network, such as that of the containers. */
export const isPrivate = (address: string | undefined): boolean =>
  address !== undefined && ipaddr.isValid(address) && OWN_RANGES.includes(ipaddr.process(address).range());

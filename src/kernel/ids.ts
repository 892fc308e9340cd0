import { randomUUID } from 'node:crypto';

/**
 * An id for rows that come by the thousand: a UUID in the form of version 4 whose first 48 bits are the time in
 * milliseconds, as in version 7 (RFC 9562 §5.7), and the other 74 random. Ids of one time stand together in every index,
 * where random ones would touch a page each, and have it logged whole after every checkpoint.
 */
export function orderedId(now: Date): string {
  const random = randomUUID();
  const time = now.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${random.slice(14)}`;
}

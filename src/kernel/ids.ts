import { randomUUID } from 'node:crypto';

/**
 * An id for tables that receive thousands of rows: a UUID in the form of version 4 whose first 48 bits are the time in
 * milliseconds, as in version 7 (RFC 9562 §5.7), and the other 74 bits random. Ids of the same time are neighbours in an
 * index. Random ids would touch one index page each, and Postgres logs each page whole after a checkpoint.
 */
export function orderedId(now: Date): string {
  const random = randomUUID();
  const time = now.getTime().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${random.slice(14)}`;
}

import { Problem } from '../ports/problem';
import { readValues, signValues } from './signedValues';

/** A signed link lets one person do one thing with one incident until it expires. It is not a login. */
export interface Link {
  purpose: 'view' | 'acknowledge';
  incident_id: string;
  /** The actor of the link: the person or room that got the message. */
  actor: string;
  /** Seconds since the epoch. */
  expires: number;
}

const USE = 'tocsin-link';

/** The token of a link: its content and a signature. */
export const signLink = (secretKey: string, { purpose, incident_id, actor, expires }: Link): string =>
  signValues(secretKey, USE, [purpose, incident_id, actor, expires]);

/**
 * Reads the token of a link.
 * @throws Problem `not-found` if the signature is wrong, `forbidden` if the link has expired
 */
export function readLink(secretKey: string, token: string, now: Date): Link {
  const values = readValues(secretKey, USE, token);
  if (values === null) throw new Problem('not-found', 'This link is not valid.');
  const [purpose, incident_id, actor, expires] = values as [Link['purpose'], string, string, number];
  if (expires * 1_000 < now.getTime()) throw new Problem('forbidden', 'This link has expired.');
  return { purpose, incident_id, actor, expires };
}

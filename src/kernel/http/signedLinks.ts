import { createHmac } from 'node:crypto';
import { Problem } from '../ports/problem';
import { sameSecret } from './edge';

/** A signed link lets one person do one thing with one incident until it expires. It is not a login. */
export interface Link {
  purpose: 'view' | 'acknowledge';
  incident_id: string;
  /** The actor of the link: the person or room that got the message. */
  actor: string;
  /** Seconds since the epoch. */
  expires: number;
}

const signature = (secretKey: string, body: string): string =>
  createHmac('sha256', secretKey).update(`tocsin-link.${body}`).digest('base64url');

/** The token of a link: its content and a signature. */
export function signLink(secretKey: string, link: Link): string {
  const body = Buffer.from(JSON.stringify([link.purpose, link.incident_id, link.actor, link.expires])).toString(
    'base64url',
  );
  return `${body}.${signature(secretKey, body)}`;
}

/**
 * Reads the token of a link.
 * @throws Problem `not-found` if the signature is wrong, `forbidden` if the link has expired
 */
export function readLink(secretKey: string, token: string, now: Date): Link {
  const [body = '', given = ''] = token.split('.');
  if (!sameSecret(given, signature(secretKey, body))) throw new Problem('not-found', 'This link is not valid.');
  const [purpose, incident_id, actor, expires] = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as [
    Link['purpose'],
    string,
    string,
    number,
  ];
  if (expires * 1_000 < now.getTime()) throw new Problem('forbidden', 'This link has expired.');
  return { purpose, incident_id, actor, expires };
}

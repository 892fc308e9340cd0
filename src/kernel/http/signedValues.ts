import { createHmac } from 'node:crypto';
import { sameSecret } from './edge';

/** A text that only this server can make: values as JSON with a signature. The values are readable by its holder. */

const signature = (secretKey: string, use: string, body: string): string =>
  createHmac('sha256', secretKey).update(`${use}.${body}`).digest('base64url');

/** Signs values for one use. A text that was signed for another use is not valid for this one. */
export function signValues(secretKey: string, use: string, values: readonly unknown[]): string {
  const body = Buffer.from(JSON.stringify(values)).toString('base64url');
  return `${body}.${signature(secretKey, use, body)}`;
}

/** The values of a signed text; null if the signature is wrong. The caller knows their types, because it signed them. */
export function readValues(secretKey: string, use: string, text: string): unknown[] | null {
  const [body = '', given = '', ...rest] = text.split('.');
  if (rest.length > 0 || !sameSecret(given, signature(secretKey, use, body))) return null;
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as unknown[];
}

import { createHmac } from 'node:crypto';
import type { Request, Response } from 'express';
import { days } from '../../kernel/clock';
import { sameSecret } from '../../kernel/http/edge';
import { attributes, cookieOf } from './cookies';

/**
 * A browser that has logged in keeps a signed cookie with the name of the account. It is no credential. Attempts from such a
 * device do not count in the limit per account, so that a stranger cannot lock out the owner.
 */

const NAME = 'tocsin_device';
const KNOWN_FOR_MS = days(180);

const signatureOf = (secretKey: string, body: string): string =>
  createHmac('sha256', secretKey).update(`tocsin-device.${body}`).digest('base64url');

const nameOf = (username: string): string => Buffer.from(username.trim().toLowerCase()).toString('base64url');

/** Sets the device cookie after a login. */
export function rememberDevice(res: Response, publicUrl: string, secretKey: string, username: string, now: Date): void {
  const expires = new Date(now.getTime() + KNOWN_FOR_MS);
  const body = `${nameOf(username)}.${expires.getTime()}`;
  res.cookie(NAME, `${body}.${signatureOf(secretKey, body)}`, { ...attributes(publicUrl), expires });
}

/** The device cookie of a request. */
export const deviceOf = (req: Request): string | undefined => cookieOf(req, NAME);

/**
 * Whether the cookie proves that this browser has logged in to the account since it was created. A cookie of a deleted
 * user proves nothing about a later user of the same name.
 */
export function isDeviceOf(
  device: string | undefined,
  secretKey: string,
  { username, created_at }: { username: string; created_at: Date },
  now: Date,
): boolean {
  const [name = '', expires = '', signature = ''] = (device ?? '').split('.');
  if (!sameSecret(signature, signatureOf(secretKey, `${name}.${expires}`))) return false;
  const notedAt = Number(expires) - KNOWN_FOR_MS;
  return name === nameOf(username) && Number(expires) > now.getTime() && notedAt >= created_at.getTime();
}

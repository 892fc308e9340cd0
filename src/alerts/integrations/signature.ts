import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { minutes } from '../../kernel/clock';
import type { StoredBody } from '../../kernel/http/spool';
import { Problem } from '../../kernel/ports/problem';
import type { SecretBox } from '../../kernel/secretBox';
import type { Signature } from '../formats/format';
import type { IntegrationRow } from '../store/integrations';

/** How far the time of a signed request may be from the server's, so that a request cannot be repeated later. */
const TOLERANCE_MS = minutes(5);
const CHUNK = 256 * 1024;

/** The place of an integration's secret, for `SecretBox`. */
export const placeOfSecret = (id: string): string => `integration:${id}`;

type SignedBy = Pick<IntegrationRow, 'id' | 'signature_secret' | 'signature_timestamp_header'>;

export interface SignedRequest {
  signature: Signature;
  integration: SignedBy;
  headers: IncomingHttpHeaders;
  body: StoredBody;
  now: Date;
}

/**
 * Checks the signature of a request, if the integration has a secret.
 * @throws Problem `unauthenticated` if it is missing or wrong, or if the time that it covers is too far from now
 */
export async function requireSignature(box: SecretBox, request: SignedRequest): Promise<void> {
  const { signature, integration, headers, body, now } = request;
  if (integration.signature_secret === null) return;
  const secret = box.open(integration.signature_secret, placeOfSecret(integration.id));
  if (secret === null) throw refused('The stored secret cannot be read, because SECRET_KEY has changed. Set it again.');
  const given = headerOf(headers, signature.header);
  if (given === null) throw refused(`The header ${signature.header} with the signature is missing.`);
  const hmac = createHmac('sha256', secret).update(timePart(integration, headers, now));
  for (let at = 0; at < body.size; at += CHUNK) hmac.update(await body.read(at, Math.min(body.size, at + CHUNK)));
  if (!sameDigest(given, hmac.digest())) throw refused(`The signature in ${signature.header} is wrong.`);
}

/**
 * Refuses a request at an endpoint whose tool does not sign, if the integration has a secret: its key alone must not do.
 * @throws Problem `unauthenticated`
 */
export function refuseUnsigned({ signature_secret }: Pick<SignedBy, 'signature_secret'>): void {
  if (signature_secret !== null)
    throw refused('This integration takes signed requests only, at the address of its tool.');
}

/** What is signed before the body: the time and a colon, if the integration names the header of the time. */
function timePart({ signature_timestamp_header: name }: SignedBy, headers: IncomingHttpHeaders, now: Date): string {
  if (name === null) return '';
  const time = headerOf(headers, name);
  if (time === null || !/^\d{1,12}$/.test(time)) throw refused(`The header ${name} with the time is missing.`);
  if (Math.abs(Number(time) * 1_000 - now.getTime()) > TOLERANCE_MS) {
    throw refused(`The time in ${name} differs by more than 5 min from the time of this server.`);
  }
  return `${time}:`;
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

const refused = (detail: string): Problem => new Problem('unauthenticated', detail);

/** Compares in constant time. @param given in hex */
function sameDigest(given: string, expected: Buffer): boolean {
  const digest = /^[0-9a-f]{64}$/i.test(given) ? Buffer.from(given, 'hex') : Buffer.alloc(0);
  return digest.length === expected.length && timingSafeEqual(digest, expected);
}

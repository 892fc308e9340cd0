import { createHash, ECDH } from 'node:crypto';
import * as z from 'zod';

/** The longest endpoint in use has about 600 characters. */
const ENDPOINT_LENGTH = 1_000;
const KEY_BYTES = 65;
const AUTH_BYTES = 16;

/** Hosts of test push services. The guard for outgoing requests refuses them unless the operator allows them. */
const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What a browser returns for a subscription (`PushSubscription.toJSON`, RFC 8291 §2): where to post, and the keys to encrypt by. */
const Subscription = z.object({
  endpoint: z.string().max(ENDPOINT_LENGTH).refine(isEndpoint),
  keys: z.object({
    p256dh: z.string().max(120).refine(isPoint),
    auth: z.string().max(40).refine(isBase64Url(AUTH_BYTES)),
  }),
});
export type Subscription = z.infer<typeof Subscription>;

/** The subscription that an address holds; null if it holds none that can be reached. */
export function subscriptionOf(address: string): Subscription | null {
  try {
    return Subscription.safeParse(JSON.parse(address)).data ?? null;
  } catch {
    return null;
  }
}

/** The one spelling of a subscription: no other members, and no spaces. */
export function spellingOf(address: string): string {
  const subscription = subscriptionOf(address);
  return subscription === null ? address : JSON.stringify(subscription);
}

/** The push service and a number of the device: anyone who knows an endpoint and its keys can send to the device. */
export function shownOf(address: string): string {
  const subscription = subscriptionOf(address);
  if (subscription === null) return 'a device';
  const number = createHash('sha256').update(subscription.endpoint).digest('hex').slice(0, 8);
  return `${new URL(subscription.endpoint).host} #${number}`;
}

/** Messages are encrypted, but who gets how many is not: only a test service on this machine is reached without TLS. */
function isEndpoint(text: string): boolean {
  if (!URL.canParse(text) || /[\s"\\]/.test(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

function isBase64Url(length: number): (text: string) => boolean {
  return (text) => /^[\w-]+$/.test(text) && Buffer.from(text, 'base64url').length === length;
}

/** Whether a text is an uncompressed point of P-256. Encryption by any other key throws. */
function isPoint(text: string): boolean {
  if (!isBase64Url(KEY_BYTES)(text)) return false;
  try {
    ECDH.convertKey(text, 'prime256v1', 'base64url');
    return text.startsWith('B');
  } catch {
    return false;
  }
}

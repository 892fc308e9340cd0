import * as z from 'zod';
import type { Answer } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { defineChannel } from './channel';
import { askedPause, reasonOf } from './httpOutcome';
import { keysOf, newPrivateKey, type PushKeys } from './webpushKeys';
import { deliveryOf, payloadOf } from './webpushMessage';
import { type Subscription, shownOf, spellingOf, subscriptionOf } from './webpushSubscription';

const TEXT_LENGTH = 1_000;

/** A browser, by the push service of its vendor (RFC 8030), encrypted for that browser alone (RFC 8291). */
export const webpush = defineChannel({
  id: 'webpush',
  title: 'Push',
  settings: {
    WEBPUSH_PRIVATE_KEY: {
      schema: z.string().optional(),
      fallback: '',
      means:
        'Key of this installation for push services (VAPID): 32 bytes of P-256 in base64url; a new one ends all subscriptions',
      secret: true,
    },
    WEBPUSH_CONTACT: {
      schema: z
        .string()
        .regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/[^\s/]+\S*)$/, 'must be mailto: with an address, or an https URL')
        .optional(),
      fallback: '',
      means:
        'Contact for push services, `mailto:` or https; Apple refuses one that cannot be real. Without it, PUBLIC_URL',
    },
  },
  needs: 'WEBPUSH_PRIVATE_KEY',
  setup: '',
  address: {
    kind: 'device',
    people: true,
    rooms: false,
    proof: 'device',
    hint: 'Open your account on the device and enable push there.',
    example: {
      text: '{"endpoint":"https://push.example.com/send/f00d","keys":{"p256dh":"BL_4msoRt3c2aya16wCtYWbJXOKkVtn_ryftQYbZI-OHOzZdaMvE_dwIFsNSAv6KOD97IEhp5Mzhfh0Q4ZQjZiQ","auth":"t9W6mPcqKcRI6ZK6keKIBg"}}',
      shown: 'https://push.example.com/…',
    },
    accepts: (address) => subscriptionOf(address) !== null,
    spelling: spellingOf,
    shown: shownOf,
  },
  can: { answers: true },
  limits: { text: TEXT_LENGTH },
  accepted: 'The push service takes the message (201)',
  server: null,
  generate: () => ({ WEBPUSH_PRIVATE_KEY: newPrivateKey() }),
  configured: ({ WEBPUSH_PRIVATE_KEY }) => WEBPUSH_PRIVATE_KEY !== undefined,
  open: ({ WEBPUSH_PRIVATE_KEY }) => (WEBPUSH_PRIVATE_KEY === undefined ? null : keysOf(WEBPUSH_PRIVATE_KEY)),
  deviceKey: (keys) => keys?.publicKey ?? null,
  async send(message, { settings, connection: keys, post, publicUrl }) {
    const subscription = subscriptionOf(message.recipient);
    if (subscription === null || keys === null) return refused('invalid_recipient');
    const payload = payloadOf(message, publicUrl, TEXT_LENGTH);
    if (payload === null) return refused('message_too_large');
    const subject = settings.WEBPUSH_CONTACT ?? contactOf(publicUrl);
    const { headers, body } = await encrypted(subscription, payload, { ...deliveryOf(message), keys, subject });
    // The person named the endpoint, so it may only lead to a public address.
    return post({ url: subscription.endpoint, headers, body, trusted: false, at: message.at, judge });

    function judge(answer: Answer): Outcome | null {
      return outcomeOfPush(answer, message.at);
    }
  },
});

const refused = (reason: string): Outcome => ({ outcome: 'failed', reason, permanent: true });

/** A contact for a product at an address that no one else can reach: no push service of a vendor serves such a one. */
const NO_CONTACT = 'mailto:tocsin@localhost';

const contactOf = (publicUrl: string): string =>
  publicUrl.startsWith('https:') && new URL(publicUrl).hostname !== 'localhost' ? publicUrl : NO_CONTACT;

interface Encryption extends ReturnType<typeof deliveryOf> {
  keys: PushKeys;
  subject: string;
}

/** The request as web-push makes it, which is not used to send it: it would pass the guard for outgoing requests. */
async function encrypted(to: Subscription, payload: Buffer, { keys, subject, ...delivery }: Encryption) {
  const { generateRequestDetails } = await import('web-push');
  const vapidDetails = { subject, ...keys };
  const { headers, body } = generateRequestDetails(to, payload, { ...delivery, vapidDetails });
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { headers: Object.fromEntries(lowerCase) as Record<string, string>, body: body as Buffer };
}

/**
 * What the answer of a push service means. Each browser vendor has its own, so a fault of one is a fault of the channel
 * only if several devices have it.
 */
function outcomeOfPush(answer: Answer, at: Date): Outcome | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: 'sent', receipt: `HTTP ${status}`, channel: 'working' };
  if (status === 404 || status === 410) return { ...refused('subscription_gone'), channel: 'working' };
  if (status === 413) return { ...refused('message_too_large'), channel: 'working' };
  const failure = { outcome: 'failed', reason: reasonOf(answer), permanent: false, channel: 'suspect' } as const;
  // The service does not accept our key or contact for this subscription.
  if (status === 401 || status === 403) return { ...failure, slowly: true };
  if (status === 408 || status === 429 || status >= 500) return { ...failure, ...askedPause(answer, at) };
  return null;
}

import { Webhook } from 'standardwebhooks';
import { isHttpUrl } from '../../kernel/http/outgoing';
import { defineChannel, type Message, TextSetting, UrlSetting } from './channel';

/**
 * Posts JSON. Requests to the configured URL are signed by Standard Webhooks; every retry has the same id, so that the
 * receiver can drop a second copy. A recipient that is a URL gets the request itself, unsigned.
 */
export const webhook = defineChannel({
  id: 'webhook',
  title: 'Webhook',
  settings: {
    WEBHOOK_URL: {
      schema: UrlSetting,
      fallback: '',
      means: 'URL of the webhook channel if the recipient is no URL',
      secret: true,
    },
    WEBHOOK_SECRET: {
      schema: TextSetting,
      fallback: '',
      means: 'Signs webhooks (Standard Webhooks, `whsec_` + base64)',
      secret: true,
    },
  },
  needs: 'WEBHOOK_URL',
  setup: 'Set WEBHOOK_URL, or name a URL as the recipient.',
  address: {
    kind: 'room',
    hint: 'A URL, or any name if WEBHOOK_URL is set.',
    example: { text: 'https://ops.example.com/hooks/f00d', shown: 'https://ops.example.com/…' },
    hidesPath: true,
    isTarget: isHttpUrl,
  },
  limits: { text: 5_000 },
  accepted: 'The receiver answers 2xx',
  server: { protocol: 'http', setting: 'WEBHOOK_URL' },
  configured: ({ WEBHOOK_URL }) => WEBHOOK_URL !== undefined,
  open: ({ WEBHOOK_SECRET }) => (WEBHOOK_SECRET === undefined ? null : signerOf(WEBHOOK_SECRET)),
  send(message, { settings, connection: signer, post }) {
    const named = isHttpUrl(message.recipient);
    const url = named ? message.recipient : (settings.WEBHOOK_URL as string);
    const body = bodyOf(message);
    // With a signature, the receiver at a URL that a user named could forward the message as ours.
    const headers = headersOf(message, body, named ? null : signer);
    return post({ url, headers, body, trusted: !named, at: message.at });
  },
});

function headersOf({ notificationId, at }: Message, body: string, signer: Webhook | null): Record<string, string> {
  return {
    'webhook-id': notificationId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    ...(signer !== null && { 'webhook-signature': signer.sign(notificationId, at, body) }),
  };
}

function signerOf(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new Error('WEBHOOK_SECRET must be `whsec_` followed by base64');
  }
}

const bodyOf = ({
  incidentId,
  text,
  recipient,
  severity,
  notificationId,
  links,
  sourceLinks,
  outcome,
}: Message): string =>
  JSON.stringify({
    incident_id: incidentId,
    message: text,
    recipient,
    severity,
    notification_id: notificationId,
    links,
    ...(sourceLinks.length > 0 && { source_links: sourceLinks }),
    // Absent from a page, so that a receiver can distinguish the two.
    ...(outcome && { outcome }),
  });

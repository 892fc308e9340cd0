import { Webhook } from 'standardwebhooks';
import { isHttpUrl } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { defineChannel, type Message, shortened, TextSetting, UrlSetting } from './channel';
import { extraHeaders, HeadersSetting } from './webhookHeaders';

const TEXT_LENGTH = 5_000;

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
    WEBHOOK_SECRET_NEXT: {
      schema: TextSetting,
      fallback: '',
      means: 'Signs webhooks as well, while receivers change from WEBHOOK_SECRET to this one',
      secret: true,
    },
    WEBHOOK_HEADERS: {
      schema: HeadersSetting,
      fallback: '',
      means: 'Headers of requests to WEBHOOK_URL as JSON, such as `{"Authorization":"Bearer abc"}`, at most 10',
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
  limits: { text: TEXT_LENGTH },
  accepted: 'The receiver answers 2xx',
  server: { protocol: 'http', setting: 'WEBHOOK_URL' },
  configured: ({ WEBHOOK_URL }) => WEBHOOK_URL !== undefined,
  open: ({ WEBHOOK_SECRET, WEBHOOK_SECRET_NEXT, WEBHOOK_HEADERS }): Requests => ({
    signers: [...signerOf('WEBHOOK_SECRET', WEBHOOK_SECRET), ...signerOf('WEBHOOK_SECRET_NEXT', WEBHOOK_SECRET_NEXT)],
    headers: extraHeaders(WEBHOOK_HEADERS),
  }),
  send(message, { settings, connection, post }) {
    const named = isHttpUrl(message.recipient);
    const url = named ? message.recipient : (settings.WEBHOOK_URL as string);
    const body = bodyOf(message);
    // A receiver at a URL that a user named could forward a signed message as ours, and could keep secret headers.
    const headers = headersOf(message, body, named ? { signers: [], headers: {} } : connection);
    return post({ url, headers, body, trusted: !named, at: message.at, judge: ({ status }) => goneIf(status, named) });
  },
});

/** What requests to the configured URL have beside their body. */
interface Requests {
  /** Each adds a signature; a receiver accepts any that it knows. */
  signers: readonly Webhook[];
  headers: Readonly<Record<string, string>>;
}

function headersOf({ notificationId, at }: Message, body: string, { signers, headers }: Requests) {
  return {
    ...headers,
    'webhook-id': notificationId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    ...(signers.length > 0 && {
      'webhook-signature': signers.map((signer) => signer.sign(notificationId, at, body)).join(' '),
    }),
  };
}

/** By Standard Webhooks, 410 means that the receiver wants no more messages. */
function goneIf(status: number, named: boolean): Outcome | null {
  if (status !== 410) return null;
  return { outcome: 'failed', reason: 'HTTP 410', permanent: true, ...(!named && { channel: 'failing' }) };
}

function signerOf(name: string, secret: string | undefined): Webhook[] {
  if (secret === undefined) return [];
  try {
    return [new Webhook(secret)];
  } catch {
    throw new Error(`${name} must be \`whsec_\` followed by base64`);
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
    message: shortened(text, TEXT_LENGTH),
    recipient,
    severity,
    notification_id: notificationId,
    links,
    ...(sourceLinks.length > 0 && { source_links: sourceLinks }),
    // Absent from a page, so that a receiver can distinguish the two.
    ...(outcome && { outcome }),
  });

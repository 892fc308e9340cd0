import { Webhook } from 'standardwebhooks';
import { isHttpUrl, type Outgoing } from '../../kernel/http';
import { outcomeOf } from './answers';
import type { Channel, Message } from './channel';

export interface WebhookOptions {
  outgoing: Outgoing;
  /** Where a recipient that is no URL is posted to; the operator's own target, so it is trusted. */
  url: string | undefined;
  /** `whsec_` + base64; without it nothing is signed. */
  secret: string | undefined;
  timeoutMs: number;
}

/**
 * Posts JSON, to the configured address signed as Standard Webhooks say: the id stays the same on every retry, so that a receiver can tell.
 * @throws Error where the secret is not base64
 */
export function webhookChannel({ outgoing, url, secret, timeoutMs }: WebhookOptions): Channel {
  const signer = secret === undefined ? null : signerOf(secret);

  function headersOf({ notificationId, at }: Message, body: string, named: boolean): Record<string, string> {
    const headers = {
      'content-type': 'application/json',
      'webhook-id': notificationId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    };
    // A signature on an address that a user named would let that receiver pass our words on as ours.
    return signer === null || named
      ? headers
      : { ...headers, 'webhook-signature': signer.sign(notificationId, at, body) };
  }

  return {
    name: 'webhook',
    configured: () => url !== undefined,
    refusal(recipient) {
      if (isHttpUrl(recipient)) return null;
      return url === undefined ? 'not_configured' : null;
    },
    async deliver(message) {
      const named = isHttpUrl(message.recipient);
      const body = bodyOf(message);
      const answer = await outgoing.send({
        url: named ? message.recipient : (url as string),
        headers: headersOf(message, body, named),
        body,
        timeoutMs,
        trusted: !named,
      });
      return outcomeOf(answer, message.at, !named);
    },
    close: async () => {},
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
    // Absent from a page, so that a receiver can tell the two apart.
    ...(outcome && { outcome }),
  });

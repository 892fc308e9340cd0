import { createHash } from 'node:crypto';
import { type Message, shortened, subjectOf } from './channel';

/** An encrypted record has 4,096 bytes; its header, tag and delimiter take the rest. */
const MOST_BYTES = 3_993;
const TITLE_LENGTH = 120;

/** The member that marks a declarative message: Safari shows it even if no worker runs. */
const DECLARATIVE = 8030;

/** What the worker of the page reads beyond the notification itself (web/push/worker). */
export interface PushData {
  kind: NonNullable<Message['kind']>;
  /** When the message was sent. */
  at: string;
  /** The URL that takes an acknowledgement by POST, and the page with a button for it. */
  acknowledge?: string;
  page?: string;
  /** The code by which a device proves that it shows messages. */
  code?: string;
}

/**
 * The one format of messages by web push, the declarative one (https://webkit.org/blog/16535): browsers without it get the
 * same JSON in the `push` event. The text is cut so that all of it fits; null if even a message without text does not.
 */
export function payloadOf(message: Message, publicUrl: string, textLength: number): Buffer | null {
  const [, ...lines] = message.text.trim().split('\n');
  let body = shortened(lines.join('\n').trim(), textLength);
  for (;;) {
    const payload = Buffer.from(JSON.stringify(contentOf(message, publicUrl, body)));
    if (payload.length <= MOST_BYTES) return payload;
    if (body === '') return null;
    const kept = Math.floor(([...body].length * MOST_BYTES) / payload.length) - 1;
    body = kept < 1 ? '' : shortened(body, kept);
  }
}

function contentOf(message: Message, publicUrl: string, body: string): object {
  const { kind = 'page', links, incidentId } = message;
  const navigate = links.view ?? `${publicUrl}/`;
  const asks = kind === 'page' || kind === 'drill';
  const data = dataOf(message);
  const actions = [
    ...(data.acknowledge === undefined && data.page === undefined
      ? []
      : [{ action: 'acknowledge', title: 'Acknowledge', navigate: data.page ?? navigate }]),
    ...(asks && links.view !== undefined ? [{ action: 'view', title: 'View', navigate }] : []),
  ];
  return {
    web_push: DECLARATIVE,
    notification: {
      ...{ title: shortened(subjectOf(message), TITLE_LENGTH), navigate, lang: 'en', dir: 'auto' },
      ...(body !== '' && { body }),
      // A later message about the incident replaces this one, as a notice of its acknowledgement does.
      tag: kind === 'code' ? 'code' : incidentId.slice(0, 64),
      ...{ silent: kind === 'notice', requireInteraction: asks },
      ...(actions.length > 0 && { actions }),
      data,
    },
    mutable: true,
  };
}

function dataOf({ kind = 'page', at, answers, links, text }: Message): PushData {
  const token = answers?.tokens.acknowledge;
  const code = kind === 'code' ? /\b\d{6}\b/.exec(text)?.[0] : undefined;
  return {
    ...{ kind, at: at.toISOString() },
    ...(token !== undefined && answers?.url !== undefined && { acknowledge: `${answers.url}/${token}` }),
    ...(links.acknowledge !== undefined && { page: links.acknowledge }),
    ...(code !== undefined && { code }),
  };
}

const TTL_SECONDS: Record<NonNullable<Message['kind']>, number> = {
  page: 4 * 3_600,
  drill: 1_800,
  notice: 24 * 3_600,
  detail: 24 * 3_600,
  code: 600,
  test: 600,
};

/**
 * The headers of a message (RFC 8030): how long the push service keeps it for a device that is away, whether it wakes the
 * device, and the topic in which a newer message replaces one that is still kept.
 */
export function deliveryOf({ kind = 'page', urgency = 'high', incidentId }: Message) {
  const wakes = kind !== 'notice' && urgency === 'high';
  return {
    TTL: TTL_SECONDS[kind],
    urgency: wakes ? ('high' as const) : ('normal' as const),
    ...(kind !== 'code' && kind !== 'test' && { topic: topicOf(incidentId) }),
  };
}

/** At most 32 characters of base64url. */
const topicOf = (incidentId: string): string =>
  createHash('sha256').update(incidentId).digest('base64url').slice(0, 32);

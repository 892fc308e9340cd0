import * as z from 'zod';
import type { Answer } from '../../kernel/http/outgoing';
import { isHttpUrl } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { defineChannel, LINK_WORDS, type Message, shortened, subjectOf, TextSetting } from './channel';
import { askedPause, reasonOf } from './httpOutcome';

/** A server turns a longer message into an attached file, which a phone does not show. */
const MOST_BYTES = 4_096;
const TEXT_LENGTH = 3_000;
const TITLE_LENGTH = 120;
const MOST_ACTIONS = 3;

/** Notifications of phones by a server of ntfy (https://docs.ntfy.sh/publish/). */
export const ntfy = defineChannel({
  id: 'ntfy',
  title: 'ntfy',
  settings: {
    NTFY_URL: {
      schema: z.string().refine(isHttpUrl, 'must be an http(s) URL').optional(),
      fallback: '',
      means: 'Server of ntfy, such as https://ntfy.sh, or with a log-in https://user:password@ntfy.example.com',
      secret: true,
    },
    NTFY_TOKEN: {
      schema: TextSetting,
      fallback: '',
      means: 'Access token of ntfy (`tk_…`); it replaces the log-in of NTFY_URL',
      secret: true,
    },
  },
  needs: 'NTFY_URL',
  setup: 'Set NTFY_URL.',
  address: {
    kind: 'account',
    people: true,
    hint: 'A topic that no one can guess, such as tocsin- and 16 random letters; subscribe to it in the ntfy app.',
    example: { text: 'tocsin-h4rdtogu3ss', shown: 'tocsin-h4rdtogu3ss' },
    accepts: (address) => /^[\w-]{1,64}$/.test(address),
  },
  can: { answers: true },
  limits: { text: TEXT_LENGTH },
  accepted: 'The server takes the message (200)',
  server: { protocol: 'http', setting: 'NTFY_URL' },
  configured: ({ NTFY_URL }) => NTFY_URL !== undefined,
  send(message, { settings: { NTFY_URL, NTFY_TOKEN }, post }) {
    const { url, authorization } = serverOf(NTFY_URL as string, NTFY_TOKEN);
    return post({
      url,
      headers: { ...(authorization !== null && { authorization }) },
      body: JSON.stringify(fitted(message)),
      trusted: true,
      at: message.at,
      judge: (answer) => outcomeOfNtfy(answer, message.at),
    });
  },
});

/** The URL without its log-in, which is sent as a header. */
function serverOf(setting: string, token: string | undefined) {
  const url = new URL(setting);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const basic = login === ':' ? null : `Basic ${Buffer.from(login).toString('base64')}`;
  return { url: url.href, authorization: token === undefined ? basic : `Bearer ${token}` };
}

/** The message with as much of its text as fits. */
function fitted(message: Message): object {
  const rest = message.text.trim();
  let body = shortened(rest, TEXT_LENGTH);
  while (body !== '' && Buffer.byteLength(body) > MOST_BYTES) {
    body = shortened(body, Math.floor(([...body].length * MOST_BYTES) / Buffer.byteLength(body)) - 1);
  }
  return bodyOf(message, body);
}

const PRIORITY = { high: 5, low: 3, notice: 2 } as const;

function bodyOf(message: Message, text: string): object {
  const { recipient, links, severity, kind = 'page', urgency = 'high' } = message;
  const priority = kind === 'notice' ? PRIORITY.notice : PRIORITY[urgency];
  const tags = [...(kind === 'notice' ? ['white_check_mark'] : ['rotating_light']), ...(severity ? [severity] : [])];
  return {
    topic: recipient,
    title: shortened(subjectOf(message), TITLE_LENGTH),
    message: text,
    priority,
    tags,
    ...(links.view !== undefined && { click: links.view }),
    actions: actionsOf(message),
  };
}

/** The acknowledgement is a request of the app itself, so that it works from a lock screen. */
function actionsOf({ links, answers, sourceLinks }: Message): object[] {
  const token = answers?.tokens.acknowledge;
  const acknowledge =
    token !== undefined && answers?.url !== undefined
      ? [
          {
            action: 'http',
            label: 'Acknowledge',
            url: `${answers.url}/${token}`,
            method: 'POST',
            ...AS_JSON,
            clear: true,
          },
        ]
      : links.acknowledge !== undefined
        ? [{ action: 'view', label: 'Acknowledge', url: links.acknowledge }]
        : [];
  const view = links.view === undefined ? [] : [{ action: 'view', label: 'View incident', url: links.view }];
  const others = sourceLinks.map(({ kind, url }) => ({ action: 'view', label: LINK_WORDS[kind], url }));
  return [...acknowledge, ...view, ...others].slice(0, MOST_ACTIONS);
}

const AS_JSON = { headers: { Accept: 'application/json' } };

/** A wrong topic, a message that is too large, and a topic for UnifiedPush that no device uses. */
const REFUSALS = [40009, 40010, 40018, 41301, 41302, 41303, 50701];
/** The quota of a day: a retry within seconds only fails again. */
const DAILY = [42908];

/** What an answer means by the code of ntfy; null leaves it to the status. */
function outcomeOfNtfy(answer: Answer, at: Date): Outcome | null {
  if (answer.status >= 200 && answer.status < 300) {
    const id = read(answer.body).id;
    return typeof id === 'string'
      ? { outcome: 'sent', receipt: shortened(id, 100), ref: id, channel: 'working' }
      : null;
  }
  const { code, error } = read(answer.body);
  if (typeof code !== 'number') return null;
  const reason = `ntfy ${code}: ${shortened(typeof error === 'string' ? error : reasonOf(answer), 200)}`;
  if (REFUSALS.includes(code) || answer.status === 507) {
    return { outcome: 'failed', reason, permanent: true, channel: 'working' };
  }
  const failure = { outcome: 'failed', reason, permanent: false, channel: 'failing' } as const;
  if (DAILY.includes(code)) return { ...failure, slowly: true, ...askedPause(answer, at) };
  if (answer.status === 429) return { outcome: 'failed', reason, permanent: false, ...askedPause(answer, at) };
  return answer.status === 401 || answer.status === 403 ? { ...failure, slowly: true } : null;
}

function read(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

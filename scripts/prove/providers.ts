import { createHash } from 'node:crypto';
import { readAttempt } from '../../src/notify/answers/tokens';
import { ntfyServer } from '../../src/testing/ntfyServer';
import { pushService } from '../../src/testing/pushService';
import { type Taken, TWILIO_ACCOUNT, TWILIO_SENDER, TWILIO_TOKEN, twilioStandIn } from '../../src/testing/twilio';
import { eventually, pause } from '../children';
import type { Chance } from './chance';
import { SECRET_KEY } from './deployments';
import { type Exchange, unruly } from './unruly';

/**
 * The providers of phones and devices: SMS, calls, ntfy and web push. They misbehave, and report late, twice and in any
 * order whether a message arrived. People answer by them.
 */

/** It is public, because providers refuse any other address for their reports. */
const PUBLIC_URL = 'https://prove.example.com';
const REPORTS_WITHIN_MS = 6_000;
const REPORTED_TWICE = 0.3;
const NOT_DELIVERED = 0.05;
const ANSWERED_TWICE = 0.3;
/** Each pause is longer than the one before, as providers do it, so that repeats alone do not overload the product. */
const AGAIN_AFTER_MS = [500, 8_000] as const;
/** Longer than an overloaded machine takes to catch up: what is not taken by then is lost. */
const GIVES_UP_MS = 600_000;
const DEADLINE_MS = 20_000;

/** An exchange that the product did not take. */
class Refused {
  constructor(readonly message: string) {}
}

/** `already`: the incident moved on before. */
type Result = 'done' | 'already' | 'unknown';

/** A page that reached its provider. */
export interface Arrival {
  notificationId: string;
  recipient: string;
  /** Absent for channels that do not say. */
  attempt?: number;
  /** Acknowledges from the message itself; absent without such a button. */
  acknowledge?: () => Promise<Result>;
}

export interface Receipt {
  notificationId: string;
  attempt: number;
  state: 'sent' | 'delivered' | 'undelivered';
}

interface Options {
  chance: Chance;
  onPage: (arrival: Arrival) => void;
}

export type Providers = Awaited<ReturnType<typeof openProviders>>;

export async function openProviders({ chance, onPage }: Options) {
  let productUrl = '';
  const reach = (url: string) => url.replace(PUBLIC_URL, productUrl);
  const codes = new Map<string, string>();
  const receipts: Receipt[] = [];
  const untaken: string[] = [];
  const underWay = new Set<Promise<unknown>>();
  const follow = (work: Promise<unknown>) => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };

  /** Repeats an exchange until it has a result; null if there is none for long, which is recorded. */
  async function insist<T>(what: string, exchange: () => Promise<T | Refused>): Promise<T | null> {
    let last: unknown;
    const [first, longest] = AGAIN_AFTER_MS;
    for (let [until, waitMs] = [Date.now() + GIVES_UP_MS, first as number]; Date.now() < until; waitMs *= 2) {
      const result = await exchange().catch((error: unknown) => new Refused(String(error)));
      if (!(result instanceof Refused)) return result;
      last = result.message;
      await pause(Math.min(waitMs, longest));
    }
    untaken.push(`${what}: ${last}`);
    return null;
  }

  const twilio = await twilioStandIn({ reach });
  const ntfy = await ntfyServer();
  const phones = await unruly(chance, () => twilio.url, onPhone);
  const topics = await unruly(chance, () => ntfy.url, onTopic);
  const devices = await unruly(
    chance,
    () => push.url,
    (exchange) => onDevice(exchange),
  );
  const push = await pushService({ origin: devices.url });
  const subscriptions = new Map<string, string>();

  function onPhone({ path, body, answer }: Exchange): void {
    const channel = path.endsWith('/Messages.json') ? 'sms' : 'voice';
    const { sid } = JSON.parse(answer.body) as { sid: string };
    const taken = [...twilio.messages, ...twilio.calls].find((one) => one.sid === sid) as Taken;
    const fields = new URLSearchParams(body.toString('utf8'));
    const recipient = `${channel}:${fields.get('To')}`;
    const of = attemptOf(fields);
    if (of === null) return void codes.set(recipient, codeIn(fields.get('Body') ?? fields.get('Twiml') ?? ''));
    const arrives = !chance.happens(NOT_DELIVERED);
    for (const status of statusesOf(channel, arrives)) reportLater(taken, channel, of, status);
    const acknowledge = channel === 'sms' ? () => reply(taken) : () => press(taken, of);
    onPage({ ...of, recipient, ...(arrives && { acknowledge }) });
  }

  function onTopic({ body }: Exchange): void {
    const { topic, message, actions } = JSON.parse(body.toString('utf8'));
    const url = (actions as { action: string; url: string }[]).find(({ action }) => action === 'http')?.url;
    const code = /^(\d{6}) is your/.exec(message)?.[1];
    if (code !== undefined) codes.set(`ntfy:${topic}`, code);
    if (url !== undefined) onPage(byToken(`ntfy:${topic}`, url));
  }

  function onDevice({ path, answer }: Exchange): void {
    const number = Number(answer.headers.get('location')?.split('/').at(-1));
    const { data } = JSON.parse(push.messages[number - 1]?.text ?? '{}').notification;
    const recipient = `webpush:${subscriptions.get(path)}`;
    if (data.code !== undefined) codes.set(recipient, data.code);
    if (data.acknowledge !== undefined) onPage(byToken(recipient, data.acknowledge));
  }

  const byToken = (recipient: string, url: string): Arrival => ({
    notificationId: notificationOf(url),
    recipient,
    acknowledge: async () => (await insist(`an answer by ${recipient}`, () => post(reach(url)))) ?? 'unknown',
  });

  /** Repeats a report until the product took it, because no provider here gives one up. */
  function reportLater(taken: Taken, channel: string, of: Omit<Receipt, 'state'>, status: string): void {
    const name = channel === 'sms' ? 'MessageStatus' : 'CallStatus';
    const report = async () => {
      await pause(chance.between(0, REPORTS_WITHIN_MS));
      const took = await insist(`${status} of ${of.notificationId}`, async () => {
        const answered = await twilio.report(taken, { [name]: status });
        return answered < 300 || new Refused(`HTTP ${answered}`);
      });
      if (took) receipts.push({ ...of, state: STATES[status] ?? 'sent' });
    };
    follow(report());
    if (chance.happens(REPORTED_TWICE)) follow(report());
  }

  /** The owner of a phone replies; some networks deliver a reply twice. */
  async function reply({ sid, fields }: Taken): Promise<Result> {
    const code = /Reply (\d+) to acknowledge/.exec(fields.get('Body') ?? '')?.[1];
    if (code === undefined) return 'unknown';
    const id = `SM${createHash('md5').update(`reply to ${sid}`).digest('hex')}`;
    const sent = { MessageSid: id, From: fields.get('To') as string, To: TWILIO_SENDER, Body: `ack ${code}` };
    const once = () =>
      insist(`a reply of ${sent.From}`, async () => {
        const { status, body } = await twilio.call(`${PUBLIC_URL}/api/v1/inbound/sms`, sent);
        return status === 200 ? body : new Refused(`HTTP ${status} ${body}`);
      });
    const said = await Promise.all(chance.happens(ANSWERED_TWICE) ? [once(), once()] : [once()]);
    return said.map((words) => resultIn(words ?? '')).find((result) => result !== 'unknown') ?? 'unknown';
  }

  async function press(call: Taken, of: Omit<Receipt, 'state'>): Promise<Result> {
    const words = await insist(`a key of ${of.notificationId}`, () => twilio.press(call, '4'));
    if (words !== null) receipts.push({ ...of, state: 'delivered' });
    return words?.map(resultIn).find((result) => result !== 'unknown') ?? 'unknown';
  }

  const all = [phones, topics, devices];
  return {
    env: {
      PUBLIC_URL,
      OUTGOING_ALLOW: '127.0.0.1',
      TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT,
      TWILIO_AUTH_TOKEN: TWILIO_TOKEN,
      TWILIO_API_URL: phones.url,
      SMS_FROM: TWILIO_SENDER,
      VOICE_FROM: TWILIO_SENDER,
      NTFY_URL: topics.url,
    },
    /** What the product answered 2xx to. */
    receipts,
    /** Exchanges that it never took. */
    untaken,
    /** Names the product that the providers report to. */
    serve: (url: string) => {
      productUrl = url;
    },
    misbehave: (does: boolean) => {
      for (const each of all) each.misbehave(does);
    },
    /** A new device, as an address. */
    subscribe(): string {
      const address = push.subscribe();
      subscriptions.set(new URL(JSON.parse(address).endpoint).pathname, address);
      return address;
    },
    /** The code that was sent to an address; undefined if none came. */
    code: (recipient: string) => eventually(() => codes.get(recipient), { withinMs: DEADLINE_MS }),
    /** Resolves when the product took all reports. */
    async settle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async end() {
      await Promise.all([...all.map((each) => each.end()), twilio.close(), ntfy.close(), push.close()]);
    },
  };
}

const STATES: Record<string, Receipt['state']> = {
  delivered: 'delivered',
  undelivered: 'undelivered',
  'no-answer': 'undelivered',
};

const statusesOf = (channel: 'sms' | 'voice', arrives: boolean): string[] => {
  if (channel === 'sms') return ['sent', arrives ? 'delivered' : 'undelivered'];
  return arrives ? ['initiated', 'ringing', 'answered', 'completed'] : ['initiated', 'ringing', 'no-answer'];
};

/** The attempt that a message is of; null for a code. */
function attemptOf(fields: URLSearchParams): { notificationId: string; attempt: number } | null {
  const signed = fields.get('StatusCallback')?.split('/receipts/')[1];
  return signed === undefined ? null : readAttempt(SECRET_KEY, signed);
}

/** The digits of a code, written or spoken one by one. */
const codeIn = (text: string): string =>
  text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\D/g, '')
    .slice(0, 6);

/** The notification that carries a token: its holder can read it. */
function notificationOf(url: string): string {
  const [body = ''] = (url.split('/').at(-1) as string).split('.');
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))[4] as string;
}

/** What the product says about an answer, to a phone. */
function resultIn(words: string): Result {
  if (/already (acknowledged|resolved|in progress)/i.test(words)) return 'already';
  return /(^|>)Acknowledged: /.test(words) ? 'done' : 'unknown';
}

async function post(url: string): Promise<Result | Refused> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (!answer.ok) return new Refused(`HTTP ${answer.status} ${await answer.text()}`);
  const { result } = (await answer.json()) as { result: string };
  return result === 'done' || result === 'already' ? result : 'unknown';
}

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import type { Answer } from '../../kernel/http/outgoing';
import type { Outcome } from '../domain';
import { type ChannelSetting, type Post, shortened, TextSetting } from './channel';
import { outcomeOf } from './httpOutcome';
import { errorWords, faultOf } from './twilioErrors';

/** Accounts at Twilio and at providers with its API, such as SignalWire. SMS and voice send by the same ones. */

const API_URL = 'https://api.twilio.com';
const ApiUrl = z.url({ protocol: /^https?$/, error: 'must be a URL' });
const accountSetting = (means: string): ChannelSetting<string | undefined> => ({
  schema: TextSetting,
  fallback: '',
  means,
});
const secretSetting = (means: string) => ({ ...accountSetting(means), secret: true }) as const;

/** Two accounts, each with variables of its own, so that a form shows a field for each. */
export const twilioSettings = {
  TWILIO_ACCOUNT_SID: accountSetting(
    'Account for SMS and voice: the account SID of Twilio, the project id of SignalWire',
  ),
  TWILIO_AUTH_TOKEN: secretSetting('Token of that account'),
  TWILIO_API_URL: {
    schema: ApiUrl.default(API_URL),
    fallback: API_URL,
    means: 'Base of its API; of SignalWire `https://<space>.signalwire.com/api/laml`',
  },
  TWILIO_SIGNING_KEY: secretSetting('Key that signs its webhooks, if this is not the token, as at SignalWire'),
  TWILIO_2_ACCOUNT_SID: accountSetting('Second account, used if the first one fails or does not answer'),
  TWILIO_2_AUTH_TOKEN: secretSetting('Token of the second account'),
  TWILIO_2_API_URL: { schema: ApiUrl.optional(), fallback: '', means: `Base of its API, if not ${API_URL}` },
  TWILIO_2_SIGNING_KEY: secretSetting('Key that signs its webhooks, if this is not the token'),
} as const;

type Settings = Readonly<Record<string, unknown>>;

/** One account, with the sender that a channel uses there. */
export interface Account {
  /** Its name in trails: the host of its API; unique among the accounts of a channel. */
  name: string;
  apiUrl: string;
  sid: string;
  token: string;
  /** The keys that sign its webhooks. */
  keys: string[];
  from: string;
}

/** The accounts that have all they need, in order of preference. `senders`: the settings with the sender at each one. */
export function accountsOf(settings: Settings, senders: readonly string[]): Account[] {
  const text = (name: string) => settings[name] as string | undefined;
  const accounts = ['TWILIO', 'TWILIO_2'].flatMap((prefix, no) => {
    const [sid, token, from] = [text(`${prefix}_ACCOUNT_SID`), text(`${prefix}_AUTH_TOKEN`), text(senders[no] ?? '')];
    if (sid === undefined || token === undefined || from === undefined) return [];
    const apiUrl = (text(`${prefix}_API_URL`) ?? API_URL).replace(/\/+$/, '').replace(/\/2010-04-01$/, '');
    const keys = [text(`${prefix}_SIGNING_KEY`), token].filter((key) => key !== undefined);
    return [{ name: new URL(apiUrl).host, apiUrl, sid, token, keys, from }];
  });
  const [first, second] = accounts;
  if (first !== undefined && first.name === second?.name) second.name = `${second.name} (2)`;
  return accounts;
}

/** The senders that are phone numbers; a messaging service and a name are none. */
export const numbersOf = (accounts: readonly Account[]): string[] =>
  accounts.map(({ from }) => from).filter((from) => from.startsWith('+'));

/** The account that an attempt uses: the named one, or the first. */
export function accountFor(accounts: readonly Account[], provider: string | undefined): Account {
  return (accounts.find(({ name }) => name === provider) ?? accounts[0]) as Account;
}

/**
 * Where the provider can report to us; undefined if it cannot reach the address of the product. A provider refuses a
 * message that names such an address.
 */
export function reachableUrl(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  if (hostname.startsWith('[') || isIP(hostname) !== 0) return isPublicIp(hostname) ? url : undefined;
  return /\.[a-z][a-z0-9-]+\.?$/i.test(hostname) && !/\.(localhost|local|internal|lan)\.?$/i.test(hostname)
    ? url
    : undefined;
}

const isPublicIp = (host: string): boolean => ipaddr.process(host.replace(/^\[|\]$/g, '')).range() === 'unicast';

export interface TwilioPost {
  resource: 'Messages' | 'Calls';
  fields: URLSearchParams;
  /** When this attempt began. */
  at: Date;
}

/** Makes a message or a call. `ref` of the outcome is its `sid`. */
export function postTo(account: Account, { resource, fields, at }: TwilioPost, post: Post): Promise<Outcome> {
  const login = Buffer.from(`${account.sid}:${account.token}`).toString('base64');
  return post({
    url: `${account.apiUrl}/2010-04-01/Accounts/${encodeURIComponent(account.sid)}/${resource}.json`,
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: fields.toString(),
    trusted: true,
    at,
    judge: (answer) => judged(answer, at),
  });
}

const Created = z.object({
  sid: z.string().min(1).max(64),
  status: z.string().nullish(),
  error_code: z.int().nullish(),
});
const Refused = z.object({ code: z.int(), message: z.string().catch('') });
const LONGEST_WORDS = 200;

/** The outcome by the words of the provider. A 2xx without a `sid` does not come from it, so nothing was accepted. */
function judged(answer: Answer, at: Date): Outcome {
  const body = jsonOf(answer.body);
  const byStatus = outcomeOf(answer, at, true);
  if (byStatus.outcome === 'sent') {
    const created = Created.safeParse(body).data;
    if (created === undefined) return { ...FAILING, reason: `HTTP ${answer.status} without a sid` };
    const { sid, error_code: code } = created;
    if (created.status === 'failed') return failed(code ?? null, errorWords(code ?? 0, 'failed at once'), byStatus);
    return { outcome: 'sent', receipt: sid, ref: sid, channel: 'working' };
  }
  const refused = Refused.safeParse(body).data;
  if (refused === undefined) return byStatus;
  return failed(refused.code, errorWords(refused.code, shortened(refused.message, LONGEST_WORDS)), byStatus);
}

const FAILING = { outcome: 'failed', permanent: false, channel: 'failing' } as const;

function failed(code: number | null, reason: string, byStatus: Outcome): Outcome {
  const fault = faultOf(code);
  if (fault === 'number') return { outcome: 'failed', reason, permanent: true, channel: 'working' };
  if (fault === 'provider') return { ...FAILING, reason, slowly: true };
  if (byStatus.outcome === 'sent') return { ...FAILING, reason };
  if (fault === 'temporary') return { ...byStatus, reason, permanent: false };
  return { ...byStatus, reason };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

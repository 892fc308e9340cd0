import * as z from 'zod';
import { defineChannel, type Message } from './channel';
import type { AnswerResult, InboundContent, InboundReply, InboundRequest } from './inbound';
import { accountFor, accountsOf, numbersOf, postTo, reachableUrl } from './twilio';
import { e164, phoneAddress } from './twilioNumber';
import { attemptOf } from './twilioReceipts';
import { formOf, isSignedBy } from './twilioSignature';
import { twiml, twimlReply, UNSIGNED, xmlText } from './twilioXml';
import {
  announcement,
  answerGiven,
  type CallState,
  type CallStep,
  callBegins,
  callReceipt,
  isMachine,
  keyPressed,
  stateIn,
  stateText,
} from './voiceCall';
import { SPOKEN_TEXT, spokenCode, spokenText } from './voiceSpeech';

const Caller = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, { error: 'must be a phone number such as +14155552671' })
  .optional();
const CALLERS = ['VOICE_FROM', 'VOICE_2_FROM'];
/** Shorter than most networks wait before voice mail takes the call. */
const RING_SECONDS = '25';
const KEY_SECONDS = 10;

/** Calls by the accounts of SMS. https://www.twilio.com/docs/voice/api/call-resource */
export const voice = defineChannel({
  id: 'voice',
  title: 'Voice call',
  settings: {
    VOICE_FROM: {
      schema: Caller,
      fallback: '',
      means: 'Number that calls come from, at the account of TWILIO_ACCOUNT_SID',
    },
    VOICE_2_FROM: { schema: Caller, fallback: '', means: 'Number that calls come from at the second account' },
  },
  sharesSettings: 'sms',
  needs: 'VOICE_FROM with the account of SMS',
  setup: 'Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and VOICE_FROM. Each call costs money.',
  address: phoneAddress,
  limits: { text: SPOKEN_TEXT },
  accepted: 'The provider takes the call (201); only a pressed key proves that the person got it',
  server: { protocol: 'twilio', setting: 'VOICE_FROM' },
  can: { answers: true, receipts: true },
  configured: (settings) => accountsOf(settings, CALLERS).length > 0,
  providers: (settings) => accountsOf(settings, CALLERS).map(({ name }) => name),
  senders: (settings) => numbersOf(accountsOf(settings, CALLERS)),
  open: (settings) => accountsOf(settings, CALLERS),
  send(message, { connection: accounts, provider, post }) {
    const account = accountFor(accounts, provider);
    return postTo(account, { resource: 'Calls', fields: fieldsOf(message, account.from), at: message.at }, post);
  },
  inbound: {
    read: async (request, { connection: accounts }) => (isSignedBy(accounts, request) ? contentOf(request) : UNSIGNED),
    reply: replyOf,
  },
});

const EVENTS = ['initiated', 'ringing', 'answered', 'completed'];

function fieldsOf(message: Message, from: string): URLSearchParams {
  const receiptUrl = reachableUrl(message.receiptUrl);
  const fields = new URLSearchParams({
    To: e164(message.recipient) ?? message.recipient,
    From: from,
    Timeout: RING_SECONDS,
    Twiml: twimlOf(message, receiptUrl),
  });
  if (receiptUrl === undefined) return fields;
  fields.set('StatusCallback', receiptUrl);
  for (const event of EVENTS) fields.append('StatusCallbackEvent', event);
  return fields;
}

/** The limit of the API, in UTF-16 units. */
const LONGEST_TWIML = 4_000;

/** What the call speaks first. A text of rare characters is cut further, until it fits. */
function twimlOf(message: Message, receiptUrl: string | undefined, length = SPOKEN_TEXT): string {
  const code = receiptUrl === undefined ? undefined : message.answers?.code;
  const text = textOf(message, length);
  const step = code === undefined ? announcement(text) : callBegins({ text, code, round: 0 });
  const result = twiml(...verbsOf(step, keysUrlOf(receiptUrl ?? '')));
  return result.length <= LONGEST_TWIML || length <= 1 ? result : twimlOf(message, receiptUrl, Math.floor(length / 2));
}

function textOf({ kind, text, severity, outcome }: Message, length: number): string {
  if (kind === 'code') return spokenCode(spokenText(text, length));
  const written = severity && text.trimStart().toLowerCase().startsWith(`[${severity.toLowerCase()}] `);
  const rest = written ? text.trimStart().slice(severity.length + 2) : text;
  const led = (kind ?? 'page') === 'page' && !outcome && severity && !rest.trimStart().startsWith('[');
  return `${led ? `${spokenText(severity, length)} severity. ` : ''}${spokenText(rest, length)}`;
}

/** The URL that takes the keys of a call, beside that of its receipts. */
const keysUrlOf = (receiptUrl: string): string => receiptUrl.replace(/\/receipts\/(?=[^/]*$)/, `/${KEYS}`);
const KEYS = 'keys/';

/** What the provider does in a step of the call. */
function verbsOf(step: CallStep, keysUrl: string): string[] {
  if (step.kind !== 'ask') return step.kind === 'end' ? [...step.say.map(said), '<Hangup/>'] : [];
  const action = xmlText(`${keysUrl}?s=${stateText(step.next)}`);
  const attributes = `input="dtmf" numDigits="1" timeout="${KEY_SECONDS}" action="${action}" method="POST"`;
  return [`<Gather ${attributes}>${step.say.map(said).join('')}</Gather>`, ...step.otherwise.map(said), '<Hangup/>'];
}

const said = (text: string): string => `<Say>${xmlText(text)}</Say>`;

const NO_CALLS = 'This number only pages people. It takes no calls. Goodbye.';

/** A key of a call under way, its status, or a call to our number. */
function contentOf(request: InboundRequest): InboundContent | { reply: InboundReply } {
  const fields = formOf(request.body);
  const attempt = attemptOf(request.path);
  if (attempt !== null) {
    const receipt = callReceipt(attempt, fields);
    return receipt === null ? { reply: { status: 204 } } : { receipts: [receipt], context: { receipt: true } };
  }
  if (request.path.startsWith(KEYS)) return keyIn(request, fields);
  return { reply: twimlReply(said(NO_CALLS), '<Hangup/>') };
}

function keyIn(
  { url, path, query }: InboundRequest,
  fields: URLSearchParams,
): InboundContent | { reply: InboundReply } {
  const state = stateIn(query['s'] ?? '');
  const [call, phone] = [fields.get('CallSid'), e164(fields.get('To') ?? '')];
  if (state === null || !call || phone === null) return { reply: twimlReply('<Hangup/>') };
  const step = keyPressed(state, fields.get('Digits') ?? '', isMachine(fields));
  const keysUrl = url.split('?', 1)[0] as string;
  const receipts: InboundContent['receipts'] = isMachine(fields)
    ? []
    : [{ attempt: path.slice(KEYS.length), state: 'delivered', reason: null, permanent: false }];
  if (step.kind !== 'answer') return { receipts, context: { step, keysUrl } };
  // A key that could not be carried out is pressed again in a later round, and counts as another answer.
  const answer = { id: `${call}:${state.round}`, sender: phone, action: step.action, target: { code: state.code } };
  return { receipts, answers: [answer], context: { state, keysUrl } };
}

interface CallContext {
  receipt?: true;
  step?: CallStep;
  state?: CallState;
  keysUrl?: string;
}

function replyOf({ context }: InboundContent, results: AnswerResult[]): InboundReply {
  const { receipt, step, state, keysUrl = '' } = (context ?? {}) as CallContext;
  if (receipt) return { status: 204 };
  if (step !== undefined) return twimlReply(...verbsOf(step, keysUrl));
  if (state === undefined) return twimlReply('<Hangup/>');
  const words = results.map((result) => spokenText(result.words));
  const failed = results.length === 0 || results.some(({ result }) => result === 'failed');
  const spoken = words.length > 0 ? words : ['This did not work.'];
  return twimlReply(...verbsOf(answerGiven(state, spoken, failed), keysUrl));
}

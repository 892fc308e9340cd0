import * as z from 'zod';
import { defineChannel, type Message } from './channel';
import type { AnswerResult, InboundContent, InboundReply, InboundRequest } from './inbound';
import { readReply } from './smsReply';
import { SMS_TEXT, smsBody, smsReplyText } from './smsText';
import { type Account, accountFor, accountsOf, numbersOf, postTo, reachableUrl, twilioSettings } from './twilio';
import { e164, phoneAddress } from './twilioNumber';
import { attemptOf, messageReceipt } from './twilioReceipts';
import { formOf, isSignedBy } from './twilioSignature';
import { twimlReply, UNSIGNED, xmlText } from './twilioXml';

/** A number in E.164, a short code, a messaging service of Twilio, or a name of letters, to which no one can reply. */
const SENDER = /^(\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-f]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/;
const Sender = z.string().regex(SENDER, { error: 'must be a phone number such as +14155552671' }).optional();
const SENDERS = ['SMS_FROM', 'SMS_2_FROM'];

/** SMS by the API of Twilio, which other providers have too. https://www.twilio.com/docs/messaging/api/message-resource */
export const sms = defineChannel({
  id: 'sms',
  title: 'SMS',
  settings: {
    ...twilioSettings,
    SMS_FROM: { schema: Sender, fallback: '', means: 'Sender of SMS: a number, short code, messaging service or name' },
    SMS_2_FROM: { schema: Sender, fallback: '', means: 'Sender of SMS at the second account' },
  },
  needs: 'TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN and SMS_FROM',
  setup: 'Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and SMS_FROM. Each SMS costs money.',
  address: phoneAddress,
  limits: { text: SMS_TEXT },
  accepted: 'The provider takes the message (201); the phone confirms it by a receipt',
  server: { protocol: 'twilio', setting: 'TWILIO_ACCOUNT_SID' },
  can: { answers: true, receipts: true },
  configured: (settings) => accountsOf(settings, SENDERS).length > 0,
  providers: (settings) => accountsOf(settings, SENDERS).map(({ name }) => name),
  senders: (settings) => numbersOf(accountsOf(settings, SENDERS)),
  open: (settings) => ({ accounts: accountsOf(settings, SENDERS), hints: hintLimit() }),
  send(message, { connection: { accounts }, provider, post }) {
    const account = accountFor(accounts, provider);
    return postTo(account, { resource: 'Messages', fields: fieldsOf(message, account), at: message.at }, post);
  },
  inbound: {
    read: async (request, { connection: { accounts } }) =>
      isSignedBy(accounts, request) ? contentOf(request) : UNSIGNED,
    reply: (content, results, { connection: { hints } }) => replyOf(content, results, hints),
  },
});

function fieldsOf(message: Message, { from }: Account): URLSearchParams {
  const { recipient } = message;
  const receiptUrl = reachableUrl(message.receiptUrl);
  const repliesReachUs = receiptUrl !== undefined && /^(\+?\d|MG)/.test(from);
  return new URLSearchParams({
    To: e164(recipient) ?? recipient,
    [from.startsWith('MG') ? 'MessagingServiceSid' : 'From']: from,
    Body: smsBody(message, repliesReachUs),
    ...(receiptUrl !== undefined && { StatusCallback: receiptUrl }),
  });
}

/** A reply of a person, or a receipt. */
function contentOf({ path, body, at }: InboundRequest): InboundContent | { reply: InboundReply } {
  const fields = formOf(body);
  const attempt = attemptOf(path);
  if (attempt !== null) {
    const receipt = messageReceipt(attempt, fields);
    return receipt === null ? { reply: { status: 204 } } : { receipts: [receipt], context: { receipt: true } };
  }
  const [sender, sid] = [e164(fields.get('From') ?? ''), fields.get('MessageSid') ?? fields.get('SmsSid')];
  if (path !== '' || sender === null || !sid) return { reply: twimlReply() };
  const reply = readReply(fields.get('Body') ?? '');
  // The provider itself has confirmed STOP and START if it names them.
  const context = { sender, at: at.getTime(), answered: fields.has('OptOutType') };
  if (reply.kind === 'consent') return { consent: { sender, given: reply.given }, context };
  if (reply.kind !== 'answers') return { context };
  const { action, targets } = reply;
  const id = (no: number) => (no === 0 ? sid : `${sid}:${no}`);
  return { answers: targets.map((target, no) => ({ id: id(no), sender, action, target })), context };
}

const HINT =
  'Reply with the code of the page, such as 4, to acknowledge it. "resolve 4" resolves it, "all" acknowledges all.';
const STARTED = 'Pages come to this number again. Reply STOP to end them.';

function replyOf({ context, consent }: InboundContent, results: AnswerResult[], hints: HintLimit): InboundReply {
  if (context?.['receipt']) return { status: 204 };
  const answered = context?.['answered'] === true;
  if (consent !== undefined) return consent.given && !answered ? messageReply([STARTED]) : twimlReply();
  if (results.length > 0) return messageReply(results.map(({ words }) => words));
  return !answered && hints.take(String(context?.['sender']), Number(context?.['at']))
    ? messageReply([HINT])
    : twimlReply();
}

const messageReply = (words: string[]): InboundReply =>
  twimlReply(`<Message>${xmlText(smsReplyText(words))}</Message>`);

interface HintLimit {
  /** Whether this sender gets another hint, at an instant in milliseconds. */
  take(sender: string, at: number): boolean;
}
const HINTS = 3;
const HINTS_WITHIN_MS = 3_600_000;
const SENDERS_KEPT = 1_000;

/** A few hints an hour for each sender, so that two machines do not answer each other for ever. */
function hintLimit(): HintLimit {
  const given = new Map<string, number[]>();
  return {
    take(sender, at) {
      const recent = (given.get(sender) ?? []).filter((one) => at - one < HINTS_WITHIN_MS);
      if (recent.length >= HINTS) return false;
      if (given.size >= SENDERS_KEPT) given.clear();
      given.set(sender, [...recent, at]);
      return true;
    },
  };
}

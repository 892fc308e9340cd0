import type { Db } from '../../kernel/db/pool';
import { signLink } from '../../kernel/http/signedLinks';
import { httpLink } from '../../kernel/http/sourceLinks';
import { idOf, type SourceLink, SourceLinks } from '../../kernel/ports/values';
import { giveCode } from '../answers/codes';
import { signAnswer, signAttempt } from '../answers/tokens';
import { openMembers } from '../bundles/store';
import { bundleText } from '../bundles/words';
import {
  ANSWER_ACTIONS,
  type AnswerAction,
  type Answers,
  type Channel,
  type Message,
  type MessageKind,
  subjectOf,
  type Thread,
} from '../channels/channel';
import type { Channels } from '../channels/open';
import { isTestPage, TEST_SUBJECT } from '../domain';
import { urgencyOf } from '../domain/lanes';
import type { Begun } from '../store/attempts';
import { presentAddress } from '../store/movedAddresses';
import { threadStart } from '../store/threads';

/** The message of one attempt, from a stored notification: its links, answers and thread. */

export interface MessageDeps {
  db: Db;
  channels: Channels;
  /** Base of all links, without a slash at the end. */
  publicUrl: string;
  secretKey: string;
}

const VALID_SECONDS = 7 * 86_400;

export async function messageOf(deps: MessageDeps, row: Begun, at: Date): Promise<Message> {
  const { definition } = deps.channels.of(row.channel);
  const [thread, answers, recipient, text] = await Promise.all([
    threadOf(deps.db, definition, row),
    answersOf(deps, definition, row, at),
    definition.address.moves ? presentAddress(deps.db, row.channel, row.recipient) : row.recipient,
    row.kind === 'bundle' ? openMembers(deps.db, row.id).then(bundleText) : row.message,
  ]);
  const kind = kindOf(row);
  return {
    notificationId: row.id,
    incidentId: row.incident_id,
    recipient,
    text,
    severity: row.severity,
    links: linksOf(row, at, deps),
    sourceLinks: sourceLinksOf(row),
    outcome: row.outcome,
    thread,
    urgency: urgencyOf(row.severity),
    at,
    ...calendarOf(row),
    ...(kind && { kind }),
    ...(answers && { answers }),
    ...(definition.can?.receipts && definition.inbound && { receiptUrl: receiptUrlOf(row, deps) }),
    ...(row.incident && row.audience !== 'direct' && row.kind !== 'detail' && { incident: row.incident }),
  };
}

/** Undefined for a message to a room, and for one that a user wrote. */
function kindOf({ kind, outcome, audience, incident_id }: Begun): MessageKind | undefined {
  if (kind === 'bundle') return 'page';
  if (kind !== null) return kind;
  if (audience === 'direct' && incident_id === TEST_SUBJECT) return 'test';
  if (outcome !== null) return 'notice';
  return audience === 'person' ? 'page' : undefined;
}

const isAbout = ({ incident_id, audience }: Begun): boolean => idOf(incident_id) !== null && audience !== 'direct';
/** A user can name any subject in a message of their own. */
const isTestToPerson = ({ audience, incident_id }: Begun): boolean => audience === 'person' && isTestPage(incident_id);
const isPage = (row: Begun): boolean => isAbout(row) && row.audience === 'person' && row.outcome === null;

/**
 * What the recipient can answer on a channel that takes answers. Anyone in a room can answer, so a message to a room has no
 * tokens: the channel finds the person. The code counts on every channel of the same address.
 */
async function answersOf(deps: MessageDeps, { can, address }: Channel, row: Begun, at: Date): Promise<Answers | null> {
  const isTest = isTestToPerson(row);
  if (!can?.answers || (!isAbout(row) && !isTest) || row.outcome !== null || row.kind === 'detail') return null;
  if (row.audience === 'room') return { tokens: {} };
  const page = { address: spellingOf(row, deps.channels), subject: row.incident_id, notificationId: row.id };
  const code = address.kind === 'phone' ? await giveCode(deps.db, page, at) : null;
  return {
    tokens: Object.fromEntries(
      (isTest ? TEST_ACTIONS : ANSWER_ACTIONS).map((action) => [action, tokenOf(deps, row, action, at)]),
    ),
    url: `${deps.publicUrl}/api/v1/answers`,
    ...(code !== null && { code }),
  };
}

/** There is nothing to resolve or to escalate. */
const TEST_ACTIONS = ['acknowledge'] as const;

const tokenOf = ({ secretKey }: Pick<MessageDeps, 'secretKey'>, row: Begun, action: AnswerAction, at: Date): string =>
  signAnswer(secretKey, {
    action,
    incidentId: row.incident_id,
    person: { name: row.person_name ?? row.recipient, email: row.person_email },
    notificationId: row.id,
    pagedAt: secondsOf(row.created_at),
    expires: secondsOf(at) + VALID_SECONDS,
  });

const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1_000);

const receiptUrlOf = ({ id, channel, attempts }: Begun, { publicUrl, secretKey }: MessageDeps): string => {
  const attempt = signAttempt(secretKey, { notificationId: id, attempt: attempts });
  return `${publicUrl}/api/v1/inbound/${channel}/receipts/${attempt}`;
};

/** The recipient in the one spelling that all spellings of its address share. */
export const spellingOf = ({ channel, recipient }: Pick<Begun, 'channel' | 'recipient'>, channels: Channels): string =>
  channels.of(channel).definition.address.ignoresCase ? recipient.toLowerCase() : recipient;

/** The links of the source of a page. The metadata of a message that a user wrote is never read for links. */
function sourceLinksOf({ audience, metadata }: Begun): SourceLink[] {
  if (audience === 'direct') return [];
  return SourceLinks.safeParse(metadata['links'] ?? []).data?.filter(({ url }) => httpLink(url) !== null) ?? [];
}

/** The page of the answer lists the incidents of the bundle. @param page that `view` opens */
function answerLinks(
  row: Begun,
  at: Date,
  deps: Pick<MessageDeps, 'publicUrl' | 'secretKey'>,
  page: string,
): Message['links'] {
  const acknowledge = `${deps.publicUrl}/api/v1/answers/${tokenOf(deps, row, 'acknowledge', at)}`;
  return { view: `${deps.publicUrl}/${page}`, acknowledge };
}

/** The shift that a notice of a hand-off carries. The metadata of a message that a user wrote is never read for it. */
function calendarOf({ audience, metadata: { calendar } }: Begun): Pick<Message, 'calendar'> {
  return audience === 'direct' || typeof calendar !== 'string' ? {} : { calendar };
}

/**
 * On a channel with threads, the messages about one incident to one address form a thread with one subject. A page of
 * another severity keeps its own subject, because a phone shows nothing else. A message about no incident, such as the
 * notice of a hand-off, belongs to no thread: mailboxes group mails by subject, and each one has its own.
 */
async function threadOf(db: Db, { threads }: Channel, row: Begun): Promise<Thread | null> {
  if (!isAbout(row) || !threads) return null;
  const first = await threadStart(db, row);
  if (first === undefined) return null;
  const own = row.outcome === null && first.severity !== row.severity;
  const subject = subjectOf(own ? textOf(row) : textOf(first));
  return { notificationId: first.id, subject, ref: first.provider_ref };
}

const textOf = ({ message: text, severity }: Pick<Begun, 'message' | 'severity'>) => ({ text, severity });

/**
 * A page has links to view and to acknowledge the incident; a message to a room and a notice only to view it. A message
 * that a user wrote has none.
 */
function linksOf(row: Begun, at: Date, { publicUrl, secretKey }: MessageDeps): Message['links'] {
  if (isTestToPerson(row)) return answerLinks(row, at, { publicUrl, secretKey }, 'account');
  if (!isAbout(row) || row.kind === 'detail') return {};
  if (row.kind === 'bundle') return answerLinks(row, at, { publicUrl, secretKey }, 'incidents');
  const actor =
    row.audience === 'room'
      ? `${row.channel}:${row.recipient}`
      : (row.person_email ?? row.person_name ?? row.recipient);
  const link = (purpose: 'view' | 'acknowledge') => {
    const token = { purpose, incident_id: row.incident_id, actor, expires: secondsOf(at) + VALID_SECONDS };
    return `${publicUrl}/l/${signLink(secretKey, token)}`;
  };
  return { view: link('view'), ...(isPage(row) && { acknowledge: link('acknowledge') }) };
}

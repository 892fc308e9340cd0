import { type Clock, days } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { notificationOfCode } from '../answers/codes';
import { readAnswer } from '../answers/tokens';
import { bundledAnswerId } from '../bundles/results';
import { incidentsOfBundles } from '../bundles/store';
import type { ChannelAnswer } from '../channels/inbound';
import type { Channels } from '../channels/open';
import type { AnsweringPerson, AnswerResult, ChannelName } from '../contract';
import { isTestPage } from '../domain';
import { newestPage, type PageAtAddress, pageById, pagesOfAddress } from '../store/inboundAnswers';
import { personAt } from './people';

/** The person and the incident of an answer. */

export interface ResolveDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  secretKey: string;
}

/** An answer before it is claimed; `refused` if it cannot act. */
export interface Resolved {
  answerId: string;
  incidentId: string | null;
  person: AnsweringPerson | null;
  refused: Pick<AnswerResult, 'result' | 'words'> | null;
  amongOthers: boolean;
}

type Refusal = Resolved['refused'];

/** An answer finds only pages of so many days. */
const FOUND_DAYS = 7;
/** One answer to all open pages acts on the newest of so many. */
const MOST_PAGES = 100;
/** A longer e-mail belongs to no one. */
const LONGEST_EMAIL = 255;

const UNKNOWN_SENDER: Refusal = {
  result: 'unknown_sender',
  words: 'Tocsin does not know this account. Link it in Tocsin under Account → How you are reached.',
};
const UNKNOWN_PAGE: Refusal = { result: 'unknown_page', words: 'No page to you matches this answer.' };
const EXPIRED: Refusal = { result: 'expired', words: 'This answer has expired. Open the incident in Tocsin.' };

/** The answers in one answer of a provider: one, one for each page of its sender, or one for each incident of a bundle. */
export async function resolveAnswer(deps: ResolveDeps, channel: string, answer: ChannelAnswer): Promise<Resolved[]> {
  return ofBundles(deps.db, await singleAnswers(deps, channel, answer));
}

/** An answer to a bundle answers each of its incidents, also those that another person has taken. */
async function ofBundles(db: Db, answers: readonly Resolved[]): Promise<Resolved[]> {
  const bundles = await incidentsOfBundles(
    db,
    answers.flatMap(({ incidentId }) => incidentId ?? []),
  );
  return answers.flatMap((answer) => {
    const incidents = bundles.get(answer.incidentId ?? '');
    if (incidents === undefined) return [answer];
    return incidents.map((incidentId) => ({
      ...answer,
      ...{ incidentId, answerId: bundledAnswerId(answer.answerId, incidentId), amongOthers: false },
    }));
  });
}

async function singleAnswers(deps: ResolveDeps, channel: string, answer: ChannelAnswer): Promise<Resolved[]> {
  const { target, id: answerId } = answer;
  const one = { answerId, incidentId: null, person: null, refused: null, amongOthers: false };
  if ('token' in target) return [{ ...one, ...byToken(deps, target.token) }];
  const sender = await senderOf(deps, channel, answer);
  if ('incidentId' in target) {
    if (sender === null) return [{ ...one, refused: UNKNOWN_SENDER }];
    const incidentId = subjectOf(target.incidentId);
    return [{ ...one, incidentId, person: sender, refused: incidentId === null ? UNKNOWN_PAGE : null }];
  }
  if ('all' in target) return allOf(deps, channel, answer, sender);
  const page = await pageOfCode(deps, channel, answer.sender, target.code);
  return [{ ...one, ...ofPage(page, sender) }];
}

/** By the linked account, else by the e-mail that the provider asserts. */
export async function senderOf(
  deps: Pick<ResolveDeps, 'db' | 'channels'>,
  channel: string,
  { sender, senderEmail }: Pick<ChannelAnswer, 'sender' | 'senderEmail'>,
): Promise<AnsweringPerson | null> {
  const known = await personAt(deps, channel as ChannelName, sender);
  if (known !== null || senderEmail === undefined || senderEmail.length > LONGEST_EMAIL) return known;
  return { name: senderEmail, email: senderEmail.toLowerCase(), known: false };
}

function byToken({ secretKey, clock }: ResolveDeps, text: string): Pick<Resolved, 'incidentId' | 'person' | 'refused'> {
  try {
    const { incidentId, person } = readAnswer(secretKey, text, clock.now());
    return { incidentId, person: { ...person, known: true }, refused: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { incidentId: null, person: null, refused: error.kind === 'forbidden' ? EXPIRED : UNKNOWN_PAGE };
  }
}

async function pageOfCode(
  { db, clock }: ResolveDeps,
  channel: string,
  recipient: string,
  code: string | null,
): Promise<PageAtAddress | null> {
  if (code === null) return newestPage(db, { channel, recipient, since: since(clock) });
  const id = await notificationOfCode(db, { address: recipient, code }, clock.now());
  return (id === null ? null : await pageById(db, id)) ?? null;
}

/** The page decides the person, because a number can have belonged to another person before. */
function ofPage(
  page: PageAtAddress | null,
  sender: AnsweringPerson | null,
): Pick<Resolved, 'incidentId' | 'person' | 'refused'> {
  const incidentId = page === null ? null : subjectOf(page.incident_id);
  if (page === null || incidentId === null) {
    return { incidentId: null, person: sender, refused: sender === null ? UNKNOWN_SENDER : UNKNOWN_PAGE };
  }
  return { incidentId, person: personOf(page) ?? sender, refused: null };
}

/** The id of an incident or of a test page; null for anything else. */
const subjectOf = (text: string): string | null => (isTestPage(text) ? text : idOf(text));

const personOf = ({ person_name, person_email }: PageAtAddress): AnsweringPerson | null =>
  person_name === null ? null : { name: person_name, email: person_email, known: true };

async function allOf(
  { db, clock }: ResolveDeps,
  channel: string,
  { id, sender: recipient }: ChannelAnswer,
  sender: AnsweringPerson | null,
): Promise<Resolved[]> {
  const pages = await pagesOfAddress(db, { channel, recipient, since: since(clock) }, MOST_PAGES);
  if (pages.length === 0) return [{ answerId: id, ...ofPage(null, sender), amongOthers: false }];
  return pages.map((page) => ({
    answerId: `${id}/${page.incident_id}`,
    ...ofPage(page, sender),
    amongOthers: true,
  }));
}

const since = (clock: Clock): Date => new Date(clock.now().getTime() - days(FOUND_DAYS));

import { createHash } from 'node:crypto';
import { type Clock, days, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { readAnswer } from '../answers/tokens';
import { shownResults } from '../bundles/results';
import { incidentsOfBundles } from '../bundles/store';
import type { ChannelAnswer, InboundContent, InboundRequest } from '../channels/inbound';
import type { BoundInbound, Channels } from '../channels/open';
import type { AnswerResult, ChannelName, NotifyContract, ResolvedAnswer } from '../contract';
import type { ApplyReceipts } from '../delivery/receipts';
import { showAgain } from '../delivery/showIncident';
import { isTestPage } from '../domain';
import { recordAnswered, setConsent } from '../methods/results';
import { claimAnswer, pageById, saveResult } from '../store/inboundAnswers';
import { updateById } from '../store/polls';
import { accountLinks, linkInWords } from './accountLinks';
import { markAnswered } from './people';
import { type Resolved, resolveAnswer, senderOf } from './resolve';
import { safeContent } from './safeContent';
import { answerTestPage } from './testPage';

/** The way of an answer inside notify: verify, translate, find person and incident, and word the result. */

export interface InboundDeps {
  db: Db;
  clock: Clock;
  channels: Channels;
  secretKey: string;
  applyReceipts: ApplyReceipts;
}

type Operations = Pick<
  Service<NotifyContract>,
  'linkAccount' | 'readInbound' | 'takePolled' | 'replyInbound' | 'readAnswer' | 'saveAnswer'
>;

/** After so long, the request that claimed an answer counts as interrupted. */
const CLAIM_MS = seconds(30);
/** The channel under which answers by tokens are stored. */
const BY_TOKEN = 'token';

export const inboundAnswers = (deps: InboundDeps): Operations => ({
  ...accountLinks(deps),

  async readInbound({ channel, request }) {
    const inbound = inboundOf(deps, channel);
    const { at, body, ...rest } = request;
    const from = await inbound.read({ ...rest, at: new Date(at), body: Buffer.from(body, 'base64') } as InboundRequest);
    if ('reply' in from) return { reply: from.reply, content: {}, answers: [], command: null };
    return { reply: null, ...(await taken(deps, channel, safeContent(from))) };
  },

  async takePolled({ id }) {
    const update = await updateById(deps.db, id);
    if (update === undefined) return { read: null };
    return {
      read: { channel: update.channel, ...(await taken(deps, update.channel, update.content as InboundContent)) },
    };
  },

  async replyInbound({ channel, content, results, command_words: commandWords }) {
    for (const { answer_id, ...result } of results) await save(deps, channel, answer_id, result);
    // Its sender saw an older state, so the messages of the incident are updated once more.
    for (const { result, incidentId } of results) {
      if (result === 'already' && incidentId !== null) await showAgain(deps, incidentId);
    }
    const { content: read, link_words: linkWords } = content as { content: InboundContent; link_words: string | null };
    return inboundOf(deps, channel).reply(read, shownResults(results), { commandWords, linkWords });
  },

  async readAnswer({ token, use }) {
    const { action, incidentId, person, notificationId } = readAnswer(deps.secretKey, token, deps.clock.now());
    const page = await pageById(deps.db, notificationId);
    const incidents = (await incidentsOfBundles(deps.db, [incidentId])).get(incidentId);
    const answerId = createHash('sha256').update(token).digest('base64url');
    const known = { ...person, known: true };
    const resolved = { answerId, incidentId, person: known, refused: null, amongOthers: false };
    const result = use ? await claim(deps, BY_TOKEN, action, resolved) : null;
    if (use && page?.method_id) await recordAnswered(deps, page.method_id, deps.clock.now());
    return {
      answer_id: answerId,
      action,
      incident_id: idOf(incidentId),
      person: known,
      result,
      channel: page?.channel ?? null,
      ...(incidents !== undefined && { incidents }),
    };
  },

  async saveAnswer({ answer_id, result }) {
    await save(deps, BY_TOKEN, answer_id, result);
    return {};
  },
});

/** Receipts, consents and linked accounts take effect; answers and commands are claimed for the gateway. */
async function taken(deps: InboundDeps, channel: string, read: InboundContent) {
  await deps.applyReceipts(read.receipts ?? []);
  const answers = [];
  for (const answer of read.answers ?? []) answers.push(...(await claimed(deps, channel, answer)));
  const linkWords = read.link ? await linkInWords(deps, channel as ChannelName, read.link) : null;
  if (read.consent) await setConsent(deps, channel as ChannelName, read.consent.sender, read.consent.given);
  const acts = read.command !== undefined && (await claimCommand(deps, channel, read.command.id));
  return {
    content: { content: read, link_words: linkWords },
    answers,
    command: acts && read.command ? await ofSender(deps, channel, read.command) : null,
  };
}

/** A failed answer keeps no result, so that it can be given again. */
async function save({ db }: InboundDeps, channel: string, answerId: string, result: AnswerResult): Promise<void> {
  if (result.result !== 'failed') await saveResult(db, channel, answerId, result);
}

type Command = NonNullable<InboundContent['command']>;

async function ofSender(deps: InboundDeps, channel: string, { id, command, ...sender }: Command) {
  return { id, command, person: await senderOf(deps, channel, sender) };
}

/** Whether a command acts. One that was replayed, or whose request was interrupted, does not act again. */
async function claimCommand({ db, clock }: InboundDeps, channel: string, id: string): Promise<boolean> {
  const command = { channel, answerId: `command/${id}`, action: 'command' as const, incidentId: null, person: null };
  return (await claimAnswer(db, command, clock.now(), days(3_650))) === 'acts';
}

/** @throws Problem `not-found` if the channel has no webhook, or is not configured */
function inboundOf({ channels }: InboundDeps, name: string): BoundInbound {
  const definition = channels.all.find(({ id }) => id === name);
  const inbound = definition === undefined ? null : channels.of(definition.id).inbound();
  if (inbound === null) throw new Problem('not-found', 'There is nothing at this path.');
  return inbound;
}

async function claimed(deps: InboundDeps, channel: string, answer: ChannelAnswer): Promise<ResolvedAnswer[]> {
  const { action } = answer;
  const resolved = await resolveAnswer(deps, channel, answer);
  if (resolved.some(({ person }) => person?.known)) {
    await markAnswered(deps, channel as ChannelName, answer.sender, deps.clock.now());
  }
  return Promise.all(
    resolved.map(async (one) => ({
      answer_id: one.answerId,
      action,
      incident_id: idOf(one.incidentId ?? ''),
      person: one.person,
      result: await claim(deps, channel, action, one),
      among_others: one.amongOthers,
    })),
  );
}

/** The result of an answer that does not act now; null if it acts. A refused answer is not stored. */
async function claim(
  { db, clock }: InboundDeps,
  channel: string,
  action: AnswerResult['action'],
  { answerId, incidentId, person, refused }: Resolved,
): Promise<AnswerResult | null> {
  const nothing = { action, incidentId, title: null, by: null, at: null };
  if (refused !== null) return { ...nothing, ...refused };
  if (incidentId !== null && isTestPage(incidentId))
    return answerTestPage(db, { action, incidentId, person }, clock.now());
  const turn = await claimAnswer(db, { channel, answerId, action, incidentId, person }, clock.now(), CLAIM_MS);
  if (turn === 'acts') return null;
  if (turn === 'busy') return { ...nothing, result: 'failed', words: 'This answer is being handled. Try again soon.' };
  return turn.before;
}

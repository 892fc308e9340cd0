import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Id, Instant } from '../../kernel/ports/values';

/** Answers of people from their messages: the requests of providers that carry them, and their results. */

const ACTIONS = ['acknowledge', 'resolve', 'escalate'] as const;
export const AnswerAction = z.enum(ACTIONS);
const ANSWER_RESULTS = ['done', 'already', 'unknown_sender', 'unknown_page', 'expired', 'refused', 'failed'] as const;

/** What became of one answer. */
export const AnswerResult = z
  .object({
    action: AnswerAction,
    /** `already`: the incident moved on before. `failed`: it is unknown whether the answer took effect. */
    result: z.enum(ANSWER_RESULTS),
    incidentId: z.string().nullable(),
    title: z.string().nullable(),
    /** Who acknowledged or resolved it, and when; null if no one has. */
    by: z.string().nullable(),
    at: Instant.nullable(),
    /** One sentence for the person, in plain text. */
    words: z.string(),
  })
  .meta({ id: 'AnswerResult' });
export type AnswerResult = z.infer<typeof AnswerResult>;

const MOST_NAMED = 20;
const DONE = { acknowledge: 'Acknowledged', resolve: 'Resolved', escalate: 'Escalated' } as const;

/**
 * The results of one answer to several incidents as one result, in whose words each incident that was not changed has a line
 * with who took it and when. Pure; `results` is not empty.
 */
export function combinedResult(results: readonly AnswerResult[]): AnswerResult {
  const [first] = results as [AnswerResult];
  if (results.length === 1) return first;
  const done = results.filter(({ result }) => result === 'done');
  const rest = results.filter(({ result }) => result !== 'done');
  const count = `${done.length} ${done.length === 1 ? 'incident' : 'incidents'}`;
  const lines = rest.slice(0, MOST_NAMED).map(({ title, words }) => (title === null ? words : `${title}: ${words}`));
  const left = rest.length - lines.length;
  const decisive = done[0] ?? rest.find(({ result }) => result === 'failed') ?? first;
  return {
    ...decisive,
    ...{ incidentId: null, title: `${results.length} incidents` },
    words: [`${DONE[first.action]}: ${count}`, ...lines, ...(left > 0 ? [`and ${left} more`] : [])].join('\n'),
  };
}

/** The person who answers. `known`: notify knows the address as theirs; else only the provider asserts their e-mail. */
export const AnsweringPerson = z.object({
  name: z.string().max(255),
  email: z.string().max(255).nullable(),
  known: z.boolean(),
});
export type AnsweringPerson = z.infer<typeof AnsweringPerson>;

/** An answer whose person and incident are known, or why it has none. */
const ResolvedAnswer = z.object({
  answer_id: z.string().max(300),
  action: AnswerAction,
  /** Null for an answer to a test page, and if it is unknown. */
  incident_id: Id.nullable(),
  person: AnsweringPerson.nullable(),
  /** Why it cannot act, or the result of the same answer before; null if it acts now. */
  result: AnswerResult.nullable(),
  /** One of all open pages: an incident that is resolved already is left out. */
  among_others: z.boolean(),
});
export type ResolvedAnswer = z.infer<typeof ResolvedAnswer>;

/** What a person asks of Tocsin in a chat. */
export const ChatCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('on_call'), team: z.string().max(255).nullable() }),
  z.object({ kind: z.literal('page'), target: z.string().max(255), message: z.string().max(500) }),
  z.object({ kind: z.literal('incident'), title: z.string().max(500), service: z.string().max(255).nullable() }),
]);
export type ChatCommand = z.infer<typeof ChatCommand>;

const Reply = z.object({
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});

/** What an update of a provider asks of the gateway. */
const InboundRead = z.object({
  /** Returned to `replyInbound` unchanged. */
  content: z.record(z.string(), z.unknown()),
  answers: z.array(ResolvedAnswer),
  /** The command that acts now; null without one, and for a repeated one. */
  command: z.object({ id: z.string(), person: AnsweringPerson.nullable(), command: ChatCommand }).nullable(),
});

export const inboundOperations = defineContract({
  linkAccount: {
    summary:
      'Get a code that links an account of a chat to the caller: sent from that account, it makes a contact method',
    method: 'POST',
    path: '/api/v1/account-links',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      code: z.string(),
      expires_at: Instant,
      /** The text to send, for each configured channel that takes it. */
      channels: z.array(z.object({ channel: z.string(), title: z.string(), send: z.string() })),
    }),
    status: 201,
  },
  readInbound: {
    summary: 'Verify and translate a request of a provider; receipts, consents and linked accounts take effect',
    method: 'POST',
    path: '/internal/notify/inbound/read',
    access: 'internal',
    quiet: true,
    input: z.object({
      channel: z.string().max(50),
      request: z.object({
        method: z.enum(['GET', 'POST']),
        url: z.string().max(20_000),
        path: z.string().max(10_000),
        headers: z.record(z.string(), z.string()),
        query: z.record(z.string(), z.string()),
        /** Base64. */
        body: z.string().max(90_000),
        at: Instant,
      }),
    }),
    output: InboundRead.extend({
      /** The whole answer to the provider; null if results are needed for it. */
      reply: Reply.nullable(),
    }),
  },
  takePolled: {
    summary:
      'Translate an update that notify fetched from a provider; null if it is gone. The rest is as for `readInbound`',
    method: 'POST',
    path: '/internal/notify/inbound/polled',
    access: 'internal',
    quiet: true,
    input: z.object({ id: Id }),
    output: z.object({ read: InboundRead.extend({ channel: z.string() }).nullable() }),
  },
  replyInbound: {
    summary: 'Save the results of the answers of a request, and word them for the provider',
    method: 'POST',
    path: '/internal/notify/inbound/reply',
    access: 'internal',
    quiet: true,
    input: z.object({
      channel: z.string().max(50),
      content: z.record(z.string(), z.unknown()),
      results: z.array(AnswerResult.extend({ answer_id: z.string().max(300) })).max(1_000),
      /** What came of the command, in plain text; null without one. */
      command_words: z.string().nullable(),
    }),
    output: Reply,
  },
  readAnswer: {
    summary: 'Read the token of an answer. With `use` it is claimed, and shows that its address reaches the person',
    method: 'POST',
    path: '/internal/notify/answers/read',
    access: 'internal',
    quiet: true,
    input: z.object({ token: z.string().max(4_000), use: z.boolean() }),
    output: ResolvedAnswer.omit({ among_others: true }).extend({
      /** The channel of the message that holds it; null if the message is gone. */
      channel: z.string().nullable(),
      /** The incidents that the message is about, if it is a bundle: the answer acts on each of them. */
      incidents: z.array(Id).optional(),
    }),
  },
  saveAnswer: {
    summary: 'Save the result of an answer by a token, so that another use of it gets the same result',
    method: 'POST',
    path: '/internal/notify/answers/save',
    access: 'internal',
    quiet: true,
    input: z.object({ answer_id: z.string().max(300), result: AnswerResult }),
    output: z.object({}),
  },
});

import { readValues, signValues } from '../../kernel/http/signedValues';
import { Problem } from '../../kernel/ports/problem';
import type { AnswerAction } from '../channels/channel';

/** Signed texts by which an answer or a receipt finds what it is about. They are no log-in and hold no secret. */

/** What one person can do with one incident until the token expires. */
export interface AnswerToken {
  action: AnswerAction;
  incidentId: string;
  person: { name: string; email: string | null };
  /** The notification that carries the token. */
  notificationId: string;
  /** When the page was made, in seconds since the epoch: an answer made offline may only act on an unchanged incident. */
  pagedAt: number;
  /** Seconds since the epoch. */
  expires: number;
}

const ANSWER = 'tocsin-answer';
const ATTEMPT = 'tocsin-attempt';

export const signAnswer = (secretKey: string, token: AnswerToken): string =>
  signValues(secretKey, ANSWER, [
    token.action,
    token.incidentId,
    token.person.name,
    token.person.email,
    token.notificationId,
    token.pagedAt,
    token.expires,
  ]);

/**
 * Reads the token of an answer.
 * @throws Problem `not-found` if the signature is wrong, `forbidden` if the token has expired
 */
export function readAnswer(secretKey: string, text: string, now: Date): AnswerToken {
  const values = readValues(secretKey, ANSWER, text);
  if (values === null) throw new Problem('not-found', 'This answer is not valid.');
  const [action, incidentId, name, email, notificationId, pagedAt, expires] = values as [
    AnswerAction,
    string,
    string,
    string | null,
    string,
    number,
    number,
  ];
  if (expires * 1_000 < now.getTime()) throw new Problem('forbidden', 'This answer has expired.');
  return { action, incidentId, person: { name, email }, notificationId, pagedAt, expires };
}

/** One attempt at a notification. */
export interface AttemptId {
  notificationId: string;
  attempt: number;
}

/** The id of an attempt for callback URLs, so that a receipt needs no stored id of the provider. */
export const signAttempt = (secretKey: string, { notificationId, attempt }: AttemptId): string =>
  signValues(secretKey, ATTEMPT, [notificationId, attempt]);

/** The attempt of a receipt; null if the signature is wrong. */
export function readAttempt(secretKey: string, text: string): AttemptId | null {
  const values = readValues(secretKey, ATTEMPT, text) as [string, number] | null;
  return values && { notificationId: values[0], attempt: values[1] };
}

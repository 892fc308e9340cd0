import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';
import { AnswerAction, AnswerResult } from '../../notify/contract';

/** Answers of people from their messages. */

export const answerOperations = {
  answer: {
    summary: 'Acknowledge, resolve or escalate an incident for the caller; says what holds if it has moved on',
    method: 'POST',
    path: '/internal/incidents/answer',
    access: 'internal',
    input: z.object({
      incident_id: Id,
      action: AnswerAction,
      /** When the person answered, if the answer waited on a device: it acts only if nobody changed the incident since. */
      answered_at: Instant.optional(),
    }),
    output: AnswerResult,
  },
} as const;

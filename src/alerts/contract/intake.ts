import * as z from 'zod';
import { IN_MEMORY, LARGEST_BODY } from '../../kernel/ports/contract';
import { Accepted, AlertReport, Noted } from './report';

/** Alerts of one batch. */
export const MOST_IN_BATCH = 1_000;

/** Reporting conditions. */
export const intakeOperations = {
  receive: {
    summary:
      'Report a condition, its end or its acknowledgement; it is stored before the answer and attached to an incident',
    method: 'POST',
    path: '/api/v1/alerts',
    access: 'responder',
    intake: true,
    quiet: true,
    outputIsBuilt: true,
    bodyLimit: IN_MEMORY,
    input: AlertReport,
    output: z.union([Accepted, Noted]),
    status: 201,
  },
  receiveBatch: {
    summary: 'Report up to 1000 conditions; each has its own result, and a faulty one does not stop the others',
    method: 'POST',
    path: '/api/v1/alerts/batch',
    access: 'responder',
    intake: true,
    quiet: true,
    outputIsBuilt: true,
    bodyLimit: LARGEST_BODY,
    soundPerItem: true,
    input: z.object({ alerts: z.array(z.unknown()).min(1).max(MOST_IN_BATCH) }),
    output: z.object({
      accepted: z.int(),
      rejected: z.int(),
      results: z.array(
        z.union([
          Accepted.extend({ index: z.int() }),
          Noted.extend({ index: z.int() }),
          z.object({
            index: z.int(),
            status: z.literal('rejected'),
            errors: z.array(z.object({ path: z.string(), message: z.string() })),
          }),
        ]),
      ),
    }),
    status: 200,
  },
} as const;

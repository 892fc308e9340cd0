import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Problem } from '../../kernel/ports/problem';
import { writeRejected } from '../store/rejected';
import { maskJson } from './payloads';

/** How many bytes of a rejected payload are kept. */
export const SHOWN_BYTES = 2_048;
const REASON_LENGTH = 1_000;

/** The beginning of a body, with secrets masked and control characters replaced. @param bytes of the beginning */
export const excerptOf = (body: Buffer, bytes = SHOWN_BYTES): string =>
  maskJson(body.subarray(0, bytes).toString('utf8'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are replaced
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');

/** Keeps a rejected payload for the page of its integration. Never rejects. */
export type Reject = (integrationId: string, problem: Problem, body: Buffer) => Promise<void>;

/** A failure to keep the payload is ignored, because the tool gets the reason in its answer. */
export const rejectedPayloads =
  ({ db, clock }: { db: Db; clock: Clock }): Reject =>
  async (integrationId, problem, body) => {
    const reason = problem.detail.slice(0, REASON_LENGTH);
    await writeRejected(db, { integrationId, at: clock.now(), reason, body: excerptOf(body) }).catch(() => undefined);
  };

import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { maskText } from '../../kernel/mask';
import type { Problem } from '../../kernel/ports/problem';
import { writeRejected } from '../store/rejected';

/** What a tool sent and could not be read, kept for whoever sets the tool up. */

export const SHOWN_BYTES = 2_048;
const REASON_LENGTH = 1_000;

/** Names under which tools send what is nobody's business. */
const SECRET =
  /("[^"]*(?:passw|secret|token|api_?key|authorization|credential)[^"]*"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^,}\s]+)/gi;

/** The beginning of a body, as text that is safe to keep and to show. */
export const excerptOf = (body: Buffer): string =>
  maskText(body.subarray(0, SHOWN_BYTES).toString('utf8').replace(SECRET, '$1"…"'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are replaced
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');

export type Reject = (integrationId: string, problem: Problem, body: Buffer) => Promise<void>;

/** Not worth failing for: the tool is told the reason all the same. */
export const rejecting =
  ({ db, clock }: { db: Db; clock: Clock }): Reject =>
  async (integrationId, problem, body) => {
    const reason = problem.detail.slice(0, REASON_LENGTH);
    await writeRejected(db, { integrationId, at: clock.now(), reason, body: excerptOf(body) }).catch(() => undefined);
  };

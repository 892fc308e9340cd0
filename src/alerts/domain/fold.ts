import type { Severity } from '../../kernel/ports/values';
import type { Report } from '../domain';
import { higher } from './severity';

/** Several reports of one condition as one. */

/**
 * Folds the reports of each condition into one that counts them all, with the id of the first report and the text of the
 * last, which also sets the expiry. If the severity rose and fell in between, `raised_to` keeps the highest.
 */
export function fold(reports: readonly Report[]): Report[] {
  const folded = new Map<string, Report>();
  for (const report of reports) {
    const first = folded.get(report.fingerprint);
    folded.set(report.fingerprint, first ? foldTwo(first, report) : report);
  }
  return [...folded.values()];
}

function foldTwo(first: Report, last: Report): Report {
  const count = first.count + last.count;
  const peak = [first.raised_to, first.severity, last.raised_to, last.severity].reduce(higher) as Severity;
  const same = first.severity === last.severity && first.message === last.message && sameContext(first, last);
  const { expires_at, payload } = last;
  const decided = decisionOfTwo(first, last);
  if (same) return { ...first, ...decided, count, expires_at };
  const { severity, message, context } = first;
  return {
    ...first,
    ...decided,
    count,
    expires_at,
    severity: last.severity,
    message: last.message,
    context: last.context,
    payload,
    raised_to: peak === last.severity ? null : peak,
    first_said: first.first_said ?? { severity, message, context },
  };
}

/** A later report releases the alert of a muted or held one, but does not mute or hold the alert of another. */
function decisionOfTwo(first: Report, last: Report): Partial<Report> {
  if (first.muted_by === null && first.hold === null) {
    return first.reported === last.reported ? {} : { reported: last.reported };
  }
  const { service, labels, decision, reported, muted_by, muted_version, muted_until, hold_key, hold } = last;
  const { routing, default_route } = last;
  return {
    service,
    labels,
    routing,
    default_route,
    decision,
    reported,
    muted_by,
    muted_version,
    muted_until,
    hold_key,
    hold,
  };
}

const sameContext = ({ context: one }: Report, { context: other }: Report): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

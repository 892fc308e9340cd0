import { groupCommit } from '../../kernel/async/groupCommit';
import type { Report, SavedCaller } from '../domain';
import type { Outcome } from '../domain/outcome';
import { type ReportDeps, takeReports } from './reports';

/** Collects reports that arrive together, so that they share a commit. */
export interface IntakeQueue {
  /**
   * Stores a report and attaches its alert. Reports share a commit only with reports of the same lane.
   * @throws Problem `unavailable` if too many reports wait, or if the database cannot be reached
   */
  take(lane: string, report: Report, by: SavedCaller): Promise<Outcome>;
  /** Resolves when no report waits or is being stored. */
  idle(): Promise<void>;
}

interface Waiting {
  lane: string;
  key: string;
  weight: number;
  report: Report;
  by: SavedCaller;
}

/** Reports of a group while several senders report: about 20 ms of work, so that a single alert is accepted soon. */
const LARGEST_SHARED = 100;

/** Groups that are handled at the same time: two are being stored while incidents answers for a third. */
const GROUPS_AT_ONCE = 3;

export function intakeQueue(deps: ReportDeps): IntakeQueue {
  const groups = groupCommit<Waiting, Outcome>({
    atOnce: GROUPS_AT_ONCE,
    largestShared: LARGEST_SHARED,
    handle(members) {
      const reports = members.map(({ report }) => report);
      return takeReports(deps, reports, (members[0] as Waiting).by);
    },
  });
  return {
    take: (lane, report, by) => groups.submit({ lane, key: report.fingerprint, weight: weightOf(report), report, by }),
    idle: groups.quiet,
  };
}

/** Approximate characters of a report without message and labels. */
const FRAME = 300;

function weightOf({ message, labels }: Report): number {
  let weight = FRAME + message.length;
  for (const name in labels) weight += name.length + String(labels[name]).length;
  return weight;
}

import { groupCommit } from '../../kernel/async/groupCommit';
import { takeWalk } from '../../kernel/jobs/walks';
import type { Walk } from '../../kernel/ports/walk';
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
  /**
   * Stores a walk of the self-watch, which waits for its turn beside the reports.
   * @throws Problem as `take`
   */
  walk(walk: Walk): Promise<void>;
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

interface Walking {
  lane: string;
  key: string;
  walk: Walk;
}

const isWalking = (member: Waiting | Walking): member is Walking => 'walk' in member;

/** No caller has this lane, so a group holds either walks or reports. */
const LANE_OF_WALKS = 'self-watch';

/** Reports of a group of a sender that is alone, so that the first report of another sender does not wait long for its end. */
const LARGEST_GROUP = 200;

/** Reports of a group while several senders report: about 20 ms of work, so that a single alert is accepted soon. */
const LARGEST_SHARED = 100;

/** Groups that are handled at the same time: two are being stored while incidents answers for a third. */
const GROUPS_AT_ONCE = 3;

export function intakeQueue(deps: ReportDeps): IntakeQueue {
  const groups = groupCommit<Waiting | Walking, Outcome | null>({
    atOnce: GROUPS_AT_ONCE,
    largestGroup: LARGEST_GROUP,
    largestShared: LARGEST_SHARED,
    async handle(members) {
      for (const { walk } of members.filter(isWalking)) await takeWalk(deps, walk);
      if (members.some(isWalking)) return members.map(() => null);
      const reports = (members as Waiting[]).map(({ report }) => report);
      return takeReports(deps, reports, (members[0] as Waiting).by);
    },
  });
  return {
    take: (lane, report, by) => {
      const member: Waiting = { lane, key: report.fingerprint, weight: weightOf(report), report, by };
      return groups.submit(member) as Promise<Outcome>;
    },
    walk: async (walk) => void (await groups.submit({ lane: LANE_OF_WALKS, key: walk.id, walk })),
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

import type { Clock } from '../../kernel/clock';
import { type Report, rawOf } from '../domain';
import type { ConfigurationCache } from './configuration';
import { type Configuration, decide, type Verdict } from './decide';
import type { DroppedReports } from './droppedReports';
import type { Subject } from './matcherIndex';

/** Reports after rules and mutes. */
export interface Decided {
  /** The reports to store, in their order. */
  kept: Report[];
  /** Reports that a rule drops, with the id of the rule. */
  dropped: ReadonlyMap<Report, string>;
  /** The kept report of each given one. */
  keptOf: ReadonlyMap<Report, Report>;
}

/** Runs rules and mutes on reports before they are stored. */
export interface Decider {
  decide(reports: readonly Report[]): Promise<Decided>;
  /** Reads the configuration again, because a mute has changed since. */
  refresh(): Promise<void>;
}

export interface DeciderDeps {
  clock: Clock;
  configuration: ConfigurationCache;
  dropped: Pick<DroppedReports, 'note'>;
}

export function createDecider({ clock, configuration, dropped: noted }: DeciderDeps): Decider {
  return {
    async decide(reports) {
      const current = configuration.recent() ?? (await configuration.current());
      const now = clock.now();
      const kept: Report[] = [];
      const dropped = new Map<Report, string>();
      const keptOf = new Map<Report, Report>();
      for (const report of reports) {
        const verdict = verdictOf(report, current, now);
        if (verdict === null || verdict.droppedBy === null) {
          const decided = verdict === null ? undecided(report) : withVerdict(report, verdict);
          kept.push(decided);
          keptOf.set(report, decided);
          continue;
        }
        dropped.set(report, verdict.droppedBy.id);
        noted.note(verdict.droppedBy.id, report);
      }
      return { kept, dropped, keptOf };
    },
    async refresh() {
      await configuration.refreshed();
    },
  };
}

/** Null without rules and mutes, which costs nothing. */
function verdictOf(report: Report, current: Configuration, now: Date): Verdict | null {
  if (current.rules.items.length === 0 && current.mutes.items.length === 0) return null;
  return decide(subjectOf(report), current, now);
}

/** What matchers see of a report: what its source sent. */
export function subjectOf(report: SubjectFields): Subject {
  const { service, severity, message, labels } = rawOf(report);
  const { source, integration_id, reported_by } = report;
  return { service, severity, message, labels, source, integration: integration_id === null ? '' : reported_by };
}

type SubjectFields = Parameters<typeof rawOf>[0] & Pick<Report, 'source' | 'integration_id' | 'reported_by'>;

const undecided = (report: Report): Report =>
  report.decision === null && report.reported === null
    ? report
    : {
        ...report,
        ...rawOf(report),
        ...NOTHING,
      };

const NOTHING = { decision: null, reported: null, muted_by: null, muted_version: null, muted_until: null } as const;

/** The report as rules and mutes leave it. */
function withVerdict(report: Report, verdict: Verdict): Report {
  if (verdict.decision.length === 0) return undecided(report);
  return { ...report, ...storedVerdict(rawOf(report), verdict), muted_version: verdict.mute?.version ?? null };
}

/** A verdict as an alert stores it. */
export function storedVerdict(raw: ReturnType<typeof rawOf>, { subject, decision, mute }: Verdict) {
  const { service, severity, message, labels } = subject;
  const changed =
    service !== raw.service || severity !== raw.severity || message !== raw.message || labels !== raw.labels;
  return {
    ...{ service, severity, message, labels },
    decision: decision.length === 0 ? null : decision,
    reported: changed ? raw : null,
    muted_by: mute?.id ?? null,
    muted_until: mute?.until ?? null,
  };
}

import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { breather } from '../../kernel/http/listBody';
import { type Report, rawOf } from '../domain';
import type { ConfigurationCache } from './configuration';
import { type Configuration, decide, type Verdict } from './decide';
import type { DroppedReports } from './droppedReports';
import { areCostly, matchAhead } from './matchAhead';
import type { Subject } from './matcherIndex';
import { routeOfSource, routingOf } from './routing';
import { reportHold } from './ruleHolds';

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
  /** @param on a transaction of the caller, which needs no further connection then */
  decide(reports: readonly Report[], on?: Db): Promise<Decided>;
  /** Reads the configuration again, because a mute has changed since. @param db a transaction that holds its lock */
  refresh(db?: Db): Promise<void>;
}

export interface DeciderDeps {
  clock: Clock;
  configuration: ConfigurationCache;
  dropped: Pick<DroppedReports, 'note'>;
}

export function createDecider({ clock, configuration, dropped: noted }: DeciderDeps): Decider {
  return {
    async decide(reports, on) {
      const current = configuration.recent() ?? (await configuration.current(on));
      const indexes = [current.rules, current.mutes];
      const now = clock.now();
      const kept: Report[] = [];
      const dropped = new Map<Report, string>();
      const keptOf = new Map<Report, Report>();
      // Costly patterns of many rules add up, and other requests are served in between.
      const breathe = breather();
      for (const report of reports) {
        await breathe();
        if (areCostly(indexes)) await matchAhead(subjectOf(report), indexes, breathe);
        const verdict = verdictOf(report, current, now);
        if (verdict === null || verdict.droppedBy === null) {
          const decided = verdict === null ? undecided(report) : withVerdict(report, verdict, current.version ?? 0);
          kept.push(decided);
          keptOf.set(report, decided);
          continue;
        }
        dropped.set(report, verdict.droppedBy.id);
        noted.note(verdict.droppedBy.id, report);
      }
      return { kept, dropped, keptOf };
    },
    async refresh(db) {
      await configuration.refreshed(db);
    },
  };
}

/** Null without rules, mutes, waits and windows, which costs nothing. */
function verdictOf(report: Report, current: Configuration, now: Date): Verdict | null {
  const { rules, mutes, graces, windows } = current;
  const { service } = report;
  const plain = rules.items.length === 0 && mutes.items.length === 0;
  if (plain && !graces?.has(service) && !windows?.has(service)) return null;
  return decide(subjectOf(report), current, now);
}

/** What matchers see of a report: what its source sent. */
export function subjectOf(report: SubjectFields): Subject {
  const { service, severity, message, labels } = rawOf(report);
  const { source, integration_id, reported_by } = report;
  const integration = integration_id === null ? '' : reported_by;
  return { service, severity, message, labels, source, integration, ...routeOfSource(report.default_route) };
}

type SubjectFields = Parameters<typeof rawOf>[0] &
  Pick<Report, 'source' | 'integration_id' | 'reported_by'> &
  Partial<Pick<Report, 'default_route'>>;

/** A report that no rule and no mute matches. */
function undecided(report: Report, subject = report.default_route === null ? null : subjectOf(report)): Report {
  const routing = subject === null ? null : routingOf(subject, report.fingerprint);
  if (report.decision === null && report.reported === null && report.routing === null && routing === null)
    return report;
  return { ...report, ...rawOf(report), ...NOTHING, routing };
}

const NOTHING = {
  ...{ decision: null, reported: null, muted_by: null, muted_version: null, muted_until: null },
  ...{ hold_key: null, hold: null },
} as const;

/** The report as rules and mutes leave it. */
function withVerdict(report: Report, verdict: Verdict, version: number): Report {
  if (verdict.decision.length === 0 && verdict.hold === undefined) return undecided(report, verdict.subject);
  const hold = reportHold(verdict, report.fingerprint, version);
  return { ...report, ...storedVerdict(report, verdict), muted_version: verdict.mute?.version ?? null, hold };
}

/** A verdict about a report or an alert as the alert stores it. */
export function storedVerdict(
  report: Parameters<typeof rawOf>[0] & Pick<Report, 'fingerprint'>,
  { subject, decision, mute }: Verdict,
) {
  const raw = rawOf(report);
  const { service, severity, message, labels } = subject;
  const changed =
    service !== raw.service || severity !== raw.severity || message !== raw.message || labels !== raw.labels;
  return {
    ...{ service, severity, message, labels },
    decision: decision.length === 0 ? null : decision,
    reported: changed ? raw : null,
    routing: routingOf(subject, report.fingerprint),
    muted_by: mute?.id ?? null,
    muted_until: mute?.until ?? null,
    hold_key: null,
  };
}

import type { Severity } from '../../kernel/ports/values';
import type { DecisionEntry } from '../contract';
import { rises } from '../domain';
import type { FlappingSettings } from '../domain/flapping';
import {
  type CountedReports,
  type Counter,
  DELAY,
  type Hold,
  judgeHold,
  minutesMs,
  type ReportHold,
  uncounted,
} from '../domain/holds';
import { addEvents } from '../domain/slidingWindow';
import { type Configuration, decide, type Verdict } from '../rules/decide';
import type { Subject } from '../rules/matcherIndex';
import { reportHold } from '../rules/ruleHolds';
import { heapOf } from './heap';
import { identitiesOf } from './simulatedIdentities';
import { type Incident, incidentsOf } from './simulatedIncidents';

/**
 * What a configuration does with a history of alerts: the stages of the intake, holds and mutes that end, flapping, and
 * correlation.
 * Pure: the time is that of the events. Instants are in milliseconds.
 */

/** One event of a stored alert. */
export interface Replayed {
  at: number;
  alert: string;
  fingerprint: string;
  kind: 'report' | 'end';
  /** The report as the source sent it; for an end, the last report. */
  subject: Subject;
  /** How many reports arrived together. */
  count: number;
  /** True if the end leaves the incident open. */
  keepsOpen?: boolean;
}

/** The result for an alert. */
export interface Fate {
  stage: 'dropped' | 'muted' | 'held' | 'attached';
  /** How often a person was paged because of the alert. */
  pages: number;
  /** The alert that opened its incident. */
  openedBy: string | null;
  decision: DecisionEntry[];
}

interface Simulated extends Fate, CountedReports {
  id: string;
  fingerprint: string;
  subject: Subject;
  /** The first report that no rule dropped. */
  began: number;
  incident: Incident | null;
  severity: Severity;
  hold: Hold | null;
  /** When its mute or its delay ends. */
  until: number | null;
  ended: boolean;
}

/** What happens at a time: a mute or a delay of an alert ends, or an identity may be quiet. */
type Timer = { at: number; alert: Simulated } | { at: number; identity: string };

export interface Simulation {
  /** Takes the next event; events come in the order of time. */
  take(event: Replayed): void;
  /** Lets all mutes and delays end that are over by then. */
  advance(to: number): void;
  /** The result for an alert so far; null if it is not known. */
  fateOf(alert: string): Fate | null;
  /** False for an alert that a delay still holds although it ended, because its identity flaps. */
  isOver(alert: string): boolean;
  /** Forgets an alert that ended. */
  forget(alert: string): void;
}

/** @param windowMs the usual correlation window */
export function createSimulation(
  configuration: Configuration,
  windowMs: number,
  flapping: FlappingSettings,
): Simulation {
  const alerts = new Map<string, Simulated>();
  const counters = new Map<string, Counter>();
  const waiting = new Map<string, Set<Simulated>>();
  const timers = heapOf<Timer>((one, other) => one.at < other.at);
  const incidents = incidentsOf(windowMs);
  const identities = identitiesOf(flapping);

  const verdictOf = (subject: Subject, at: number): Verdict => decide(subject, configuration, new Date(at));

  function wait(alert: Simulated, stage: 'muted' | 'held', until: number | null, hold: Hold | null): void {
    leave(alert);
    Object.assign(alert, { stage, until, hold });
    if (until !== null) timers.push({ at: until, alert });
    if (hold === null) return;
    const same = waiting.get(hold.key) ?? new Set();
    waiting.set(hold.key, same.add(alert));
  }

  function leave(alert: Simulated): void {
    if (alert.hold !== null) waiting.get(alert.hold.key)?.delete(alert);
    alert.hold = null;
    alert.until = null;
  }

  /** Counts a report for the threshold of its group. @returns true if the threshold is reached now */
  function countFor(key: string, most: number, at: number, reports: number, within: number): boolean {
    const before = counters.get(key);
    const events = addEvents(before?.events ?? [], at, reports, most);
    const reached = events.reduce((sum, [time, some]) => (time > at - within ? sum + some : sum), 0) >= most;
    counters.set(key, { events, reachedAt: reached ? new Date(at) : (before?.reachedAt ?? null) });
    return reached;
  }

  /** Decides about an alert without an incident: a report arrived, or a mute or a hold ended. */
  function settle(alert: Simulated, verdict: Verdict, at: number): void {
    alert.decision = verdict.decision;
    if (verdict.droppedBy !== null) {
      leave(alert);
      alert.stage = 'dropped';
    } else if (verdict.mute !== null) wait(alert, 'muted', verdict.mute.until?.getTime() ?? null, null);
    else {
      const asked = reportHold(verdict, alert.fingerprint, 0);
      if (asked === null) attach(alert, verdict, at);
      else judge(alert, verdict, asked, at);
    }
  }

  function judge(alert: Simulated, verdict: Verdict, { key, plan }: ReportHold, at: number): void {
    const { threshold } = plan;
    const reports = key === null ? 0 : uncounted(key, alert);
    const counts = key !== null && threshold !== null && reports > 0;
    if (counts) Object.assign(alert, { counted_key: key, counted_reports: alert.count });
    const reached = counts && countFor(key, threshold.count, at, reports, minutesMs(threshold.within_minutes));
    const fired = new Date(alert.began);
    const delayed = new Date(identities.firesSince(alert.fingerprint, at) ?? alert.began);
    const counter = counters.get(key ?? '');
    const { hold, entries } = judgeHold({ key, plan }, counter, { fired, delayed }, new Date(at));
    alert.decision = [...verdict.decision, ...entries];
    if (hold === null) attach(alert, verdict, at);
    else wait(alert, 'held', hold.until?.getTime() ?? null, hold);
    if (reached && key !== null) releaseAll(key, at);
  }

  function releaseAll(key: string, at: number): void {
    for (const held of [...(waiting.get(key) ?? [])]) settle(held, verdictOf(held.subject, at), at);
  }

  function attach(alert: Simulated, { subject }: Verdict, at: number): void {
    leave(alert);
    const { id, fingerprint } = alert;
    const { incident, paged } = incidents.join({ id, fingerprint, subject, flaps: identities.flaps(fingerprint) }, at);
    alert.stage = 'attached';
    alert.incident = incident;
    alert.openedBy = incident.openedBy;
    alert.severity = subject.severity;
    alert.pages += paged ? 1 : 0;
  }

  /** A report of an alert with an incident: it can only raise the severity, and it extends the window. */
  function repeat(alert: Simulated, incident: Incident, verdict: Verdict, at: number): void {
    if (verdict.droppedBy !== null) return;
    const { severity } = verdict.subject;
    const raised = rises(alert.severity, severity);
    alert.severity = severity;
    if (incidents.repeat(incident, raised ? severity : null, at)) alert.pages += 1;
  }

  function report(event: Replayed): void {
    const { at, alert: id, fingerprint, subject, count } = event;
    const verdict = verdictOf(subject, at);
    const known = alerts.get(id);
    if (known !== undefined) known.subject = subject;
    if (known?.incident) {
      repeat(known, known.incident, verdict, at);
      return;
    }
    // A drop ends nothing.
    if (known !== undefined && known.stage !== 'dropped' && verdict.droppedBy !== null) return;
    const alert: Simulated = known ?? {
      ...{ id, fingerprint, subject, began: at, stage: 'dropped', pages: 0, openedBy: null, decision: [] },
      ...{ incident: null, severity: subject.severity, hold: null, until: null, ended: false },
      ...{ count: 0, counted_key: null, counted_reports: null },
    };
    if (alert.stage === 'dropped') {
      alert.began = at;
      if (verdict.droppedBy === null) identities.began(fingerprint);
    }
    if (verdict.droppedBy === null) alert.count += count;
    alerts.set(id, alert);
    settle(alert, verdict, at);
  }

  function end({ alert: id, at, keepsOpen = false }: Replayed): void {
    const alert = alerts.get(id);
    // A rule can drop an alert after its first report; what was stored ends.
    if (alert === undefined || alert.count === 0) return;
    const { fingerprint, incident } = alert;
    alert.ended = true;
    const quietAt = identities.ended(fingerprint, alert.began, at);
    if (quietAt !== null) {
      timers.push({ at: quietAt, identity: fingerprint });
      if (incident !== null) incidents.flaps(incident, fingerprint);
    }
    if (quietAt === null || alert.hold?.key !== DELAY) leave(alert);
    if (incident !== null) incidents.end(incident, id, keepsOpen);
  }

  /** The end of a delay of an alert that ended before it. Its incident opens and stays open while the identity flaps. */
  function settleEnded(alert: Simulated, at: number): void {
    const verdict = verdictOf(alert.subject, at);
    leave(alert);
    const { fingerprint, id } = alert;
    if (verdict.droppedBy !== null || verdict.mute !== null) return;
    if (!identities.flaps(fingerprint) || identities.fires(fingerprint)) return;
    attach(alert, verdict, at);
    incidents.end(alert.incident as Incident, id, false);
  }

  function settleIdentity(fingerprint: string, at: number): void {
    if (identities.isQuiet(fingerprint, at)) incidents.quiet(fingerprint);
  }

  function advance(to: number): void {
    for (let next = timers.first(); next !== undefined && next.at <= to; next = timers.first()) {
      timers.pop();
      if ('identity' in next) {
        settleIdentity(next.identity, next.at);
        continue;
      }
      const { at, alert } = next;
      // A timer of an alert that has left its mute or its delay since.
      if (alert.until !== at) continue;
      if (alert.ended) settleEnded(alert, at);
      else settle(alert, verdictOf(alert.subject, at), at);
    }
  }

  return {
    take(event) {
      advance(event.at);
      if (event.kind === 'end') end(event);
      else report(event);
    },
    advance,
    fateOf: (id) => alerts.get(id) ?? null,
    isOver: (id) => alerts.get(id)?.until == null,
    forget: (id) => void alerts.delete(id),
  };
}

import type { Severity } from '../../kernel/ports/values';
import { rises } from '../domain';
import { groupKeyOf, groupText } from '../rules/groupKey';
import type { Subject } from '../rules/matcherIndex';

/** Correlation in a simulation: one unresolved incident for each group while its alerts keep coming within the window. */

export interface Incident {
  /** The alert that opened it. */
  openedBy: string;
  severity: Severity;
  /** False while rules let it page no one. */
  pages: boolean;
  firing: Set<string>;
  resolved: boolean;
  keepsOpen: boolean;
  /** Identities that flap; the incident stays open while there are any. */
  flapping: Set<string>;
  lastAt: number;
}

interface Joining {
  id: string;
  fingerprint: string;
  subject: Subject;
  /** Whether its identity flaps. */
  flaps: boolean;
}

/** The answer to an alert: its incident, and whether the alert causes a page. */
interface Joined {
  incident: Incident;
  paged: boolean;
}

export interface SimulatedIncidents {
  join(alert: Joining, at: number): Joined;
  /** A report of an alert that fires already. @param raisedTo null if it did not rise. @returns whether it pages */
  repeat(incident: Incident, raisedTo: Severity | null, at: number): boolean;
  end(incident: Incident, alert: string, keepsOpen: boolean): void;
  /** The incident stays open and takes the next alerts of the identity until it is quiet. */
  flaps(incident: Incident, fingerprint: string): void;
  quiet(fingerprint: string): void;
}

const isUrgent = (severity: Severity): boolean => severity === 'critical' || severity === 'high';

/** @param windowMs the usual window in milliseconds */
export function incidentsOf(windowMs: number): SimulatedIncidents {
  const slots = new Map<string, Incident>();
  /** The incidents of identities that flap. */
  const marked = new Map<string, Incident>();

  function mark(incident: Incident, fingerprint: string): void {
    incident.flapping.add(fingerprint);
    marked.set(fingerprint, incident);
  }

  function resolveIfOver(incident: Incident): void {
    if (incident.firing.size === 0 && incident.flapping.size === 0 && !incident.keepsOpen) incident.resolved = true;
  }

  return {
    join({ id, fingerprint, subject, flaps }, at) {
      const { severity, service, route } = subject;
      const own = flaps ? marked.get(fingerprint) : undefined;
      const group = groupKeyOf(subject, fingerprint);
      const key = `${groupText(group, { service, severity })}${group.per_owner ? `|${service}` : ''}`;
      const window = (route?.window_minutes ?? windowMs / 60_000) * 60_000;
      const pages = (route?.not_paged_by ?? null) === null;
      const slot = slots.get(key);
      const known = own ?? (slot !== undefined && !slot.resolved && slot.lastAt > at - window ? slot : undefined);
      if (known !== undefined) {
        known.firing.add(id);
        if (flaps) mark(known, fingerprint);
        return { incident: known, paged: joins(known, severity, pages, at) };
      }
      const incident: Incident = {
        ...{ openedBy: id, severity, pages, firing: new Set([id]), resolved: false, keepsOpen: false, lastAt: at },
        flapping: new Set(),
      };
      if (flaps) mark(incident, fingerprint);
      slots.set(key, incident);
      return { incident, paged: pages };
    },

    repeat: (incident, raisedTo, at) => {
      incident.lastAt = Math.max(incident.lastAt, at);
      return raisedTo !== null && raise(incident, raisedTo) && incident.pages;
    },

    end(incident, alert, keepsOpen) {
      incident.firing.delete(alert);
      incident.keepsOpen ||= keepsOpen;
      resolveIfOver(incident);
    },

    flaps: mark,

    quiet(fingerprint) {
      const incident = marked.get(fingerprint);
      if (incident === undefined) return;
      marked.delete(fingerprint);
      incident.flapping.delete(fingerprint);
      resolveIfOver(incident);
    },
  };
}

/** @returns whether the alert that joins causes a page */
function joins(incident: Incident, severity: Severity, pages: boolean, at: number): boolean {
  incident.lastAt = Math.max(incident.lastAt, at);
  const urgent = raise(incident, severity);
  const begins = pages && !incident.pages;
  incident.pages ||= pages;
  return begins || (urgent && incident.pages);
}

/** @returns whether the incident became urgent */
function raise(incident: Incident, severity: Severity): boolean {
  if (!rises(incident.severity, severity)) return false;
  const became = !isUrgent(incident.severity) && isUrgent(severity);
  incident.severity = severity;
  return became;
}

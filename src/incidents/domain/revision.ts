import { SEVERITIES, type Severity } from '../../kernel/ports/values';
import type { AlertSnapshot } from '../contract';
import { isHigher } from './escalation';
import { titleOf } from './timeline';

/** Changes of an alert after it was attached, and their effect on its incident. */

/** The state of an alert that its link stores. */
export interface KnownRevision {
  revision: number;
  /** The revision that brought the latest increase of the severity; 0 without one. */
  raisedAt: number;
  /** The highest severity so far. */
  peak: Severity;
}

const higher = (one: Severity, other: Severity): Severity => (isHigher(other, one) ? other : one);

/** The severity that counts for an alert: the one it rose to, even if it is lower again. */
export const peakOf = ({ severity, raised }: Pick<AlertSnapshot, 'severity' | 'raised'>): Severity =>
  raised === undefined ? severity : higher(severity, raised.to);

const isReworded = ({ revision = 0 }: AlertSnapshot, before: KnownRevision): boolean => revision > before.revision;

/**
 * Whether a snapshot brings an increase of the severity that is new to the incident. Jobs may deliver snapshots out of
 * order, so an older increase counts if it is higher than all before. An increase that is delivered twice counts once.
 */
export const isRaised = ({ raised }: AlertSnapshot, before: KnownRevision): boolean =>
  raised !== undefined && (raised.revision > before.raisedAt || isHigher(raised.to, before.peak));

/** Whether a snapshot changes the text or raises the severity of its alert. */
export const isRevised = (alert: AlertSnapshot, before: KnownRevision): boolean =>
  isReworded(alert, before) || isRaised(alert, before);

/** Merges two snapshots of one alert: the content of the later one, and the higher increase of the severity. */
export function mergedOf(one: AlertSnapshot, other: AlertSnapshot): AlertSnapshot {
  const later = (other.revision ?? 0) >= (one.revision ?? 0) ? other : one;
  const rises = [one.raised, other.raised].filter((raised) => raised !== undefined);
  if (rises.length === 0) return later;
  const to = rises.map((rise) => rise.to).reduce(higher);
  return { ...later, raised: { revision: Math.max(...rises.map(({ revision }) => revision)), to } };
}

/** Merges the snapshots of each alert; keeps the order of their first occurrences. */
export function merged(alerts: readonly AlertSnapshot[]): AlertSnapshot[] {
  const once = new Map<string, AlertSnapshot>();
  for (const alert of alerts) {
    const before = once.get(alert.id);
    once.set(alert.id, before === undefined ? alert : mergedOf(before, alert));
  }
  return [...once.values()];
}

const SEVERITY_WORD = new RegExp(`^\\[(${SEVERITIES.join('|').toUpperCase()})\\]`);

/** Replaces the severity at the beginning of a title. */
export const retitled = (title: string, severity: Severity): string =>
  title.replace(SEVERITY_WORD, `[${severity.toUpperCase()}]`);

/**
 * The title of an incident after a revision. `alert` is the alert that opened the incident, if it is among the revised
 * ones; without it only the severity in the title changes.
 */
export function titleAfter(
  { title, service, severity }: { title: string; service: string; severity: Severity },
  alert: Pick<AlertSnapshot, 'message'> | null,
): string {
  return alert === null ? retitled(title, severity) : titleOf({ severity, service, message: alert.message });
}

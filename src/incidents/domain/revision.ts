import { SEVERITIES, type Severity } from '../../kernel/ports/values';
import type { AlertSnapshot } from '../contract';
import { isHigher } from './escalation';
import { titleOf } from './timeline';

/** What an alert says differently from before, and what that changes of its incident. */

/** What a link knows of its alert. */
export interface KnownRevision {
  revision: number;
  /** The revision that brought the latest rise, 0 if there was none. */
  raisedAt: number;
  /** The highest severity so far. */
  peak: Severity;
}

const higher = (one: Severity, other: Severity): Severity => (isHigher(other, one) ? other : one);

/** The severity that counts for an alert now: the one it rose to counts although it has fallen since. */
export const peakOf = ({ severity, raised }: Pick<AlertSnapshot, 'severity' | 'raised'>): Severity =>
  raised === undefined ? severity : higher(severity, raised.to);

const isReworded = ({ revision = 0 }: AlertSnapshot, before: KnownRevision): boolean => revision > before.revision;

/**
 * Whether a snapshot brings a rise that its incident has not seen. Jobs may deliver snapshots out of order, so an older
 * rise counts if it goes higher than everything before; a rise that is delivered twice counts once.
 */
export const isRaised = ({ raised }: AlertSnapshot, before: KnownRevision): boolean =>
  raised !== undefined && (raised.revision > before.raisedAt || isHigher(raised.to, before.peak));

export const isRevised = (alert: AlertSnapshot, before: KnownRevision): boolean =>
  isReworded(alert, before) || isRaised(alert, before);

/** Two snapshots of one alert as one: the words of the later, and the higher rise. */
export function mergedOf(one: AlertSnapshot, other: AlertSnapshot): AlertSnapshot {
  const later = (other.revision ?? 0) >= (one.revision ?? 0) ? other : one;
  const rises = [one.raised, other.raised].filter((raised) => raised !== undefined);
  if (rises.length === 0) return later;
  const to = rises.map((rise) => rise.to).reduce(higher);
  return { ...later, raised: { revision: Math.max(...rises.map(({ revision }) => revision)), to } };
}

/** Each alert once, in the order in which they came first. */
export function merged(alerts: readonly AlertSnapshot[]): AlertSnapshot[] {
  const once = new Map<string, AlertSnapshot>();
  for (const alert of alerts) {
    const before = once.get(alert.id);
    once.set(alert.id, before === undefined ? alert : mergedOf(before, alert));
  }
  return [...once.values()];
}

const SEVERITY_WORD = new RegExp(`^\\[(${SEVERITIES.join('|').toUpperCase()})\\]`);

/** A title that begins with the word of a severity, with the word of another one. */
export const retitled = (title: string, severity: Severity): string =>
  title.replace(SEVERITY_WORD, `[${severity.toUpperCase()}]`);

/** The title of an incident after a revision: it follows the words of its own alert, and its severity in any case. */
export function titleAfter(
  { title, service, severity }: { title: string; service: string; severity: Severity },
  says: Pick<AlertSnapshot, 'message'> | null,
): string {
  return says === null ? retitled(title, severity) : titleOf({ severity, service, message: says.message });
}

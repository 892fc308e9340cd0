import { SEVERITIES, type Severity } from '../../kernel/ports/values';

const rank = (severity: Severity | null): number =>
  severity === null ? 0 : SEVERITIES.length - SEVERITIES.indexOf(severity);

/** True if `to` is a higher severity than `from`. */
export const rises = (from: Severity, to: Severity): boolean => rank(to) > rank(from);

/** The higher of two severities; null is lower than all. */
export const higher = (one: Severity | null, other: Severity | null): Severity | null =>
  rank(other) > rank(one) ? other : one;

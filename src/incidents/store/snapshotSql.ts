/** SQL that reads snapshots of alerts. */

/** SQL of the severity that counts for a snapshot: the one it rose to, else its own. See `peakOf`. */
export const PEAK = (snapshot: string): string =>
  `coalesce(${snapshot} -> 'raised' ->> 'to', ${snapshot} ->> 'severity')`;

/** SQL of the order of severities. */
export const RANK = (severity: string): string =>
  `array_position(cast('{low, medium, high, critical}' as text[]), cast(${severity} as text))`;

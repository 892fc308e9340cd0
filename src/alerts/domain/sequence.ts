/** One event of a condition in a request. */
export interface ConditionEvent {
  /** The sender's name of the condition. */
  key: string;
  status: 'firing' | 'resolved' | 'acknowledged';
  /** When the condition began, for a firing event; null if the sender does not say. */
  startedAt: Date | null;
  /** When it ended, for a resolve; null if the sender does not say. */
  endedAt: Date | null;
}

/** The events of a request in the order in which they are applied. */
export interface Sequence<E> {
  /** Resolves of an earlier occurrence of a condition that the same request reports as firing. */
  before: E[];
  firing: E[];
  /** Events of conditions that the request does not report as firing. */
  others: E[];
  /** Resolves and acknowledgements of what the same request reports as firing. */
  after: E[];
}

/**
 * Orders the events of one request. A resolve is applied after the firing event of its condition, in whatever order the
 * tool lists them. Only a resolve that the tool lists first, without an end or with one before the start of the firing
 * event, belongs to an earlier occurrence: the condition fires again.
 */
export function sequenceOf<E>(events: readonly E[], of: (event: E) => ConditionEvent): Sequence<E> {
  const all = events.map((event, at) => ({ event, at, ...of(event) }));
  const firing = new Map(all.filter(({ status }) => status === 'firing').map((one) => [one.key, one]));
  const sequence: Sequence<E> = { before: [], firing: [], others: [], after: [] };
  for (const { event, at, key, status, endedAt } of all) {
    const own = firing.get(key);
    if (status === 'firing') sequence.firing.push(event);
    else if (own === undefined) sequence.others.push(event);
    else {
      const ends = at > own.at || (endedAt !== null && own.startedAt !== null && endedAt >= own.startedAt);
      sequence[status === 'acknowledged' || ends ? 'after' : 'before'].push(event);
    }
  }
  return sequence;
}

import type { LiveEvent } from '../../src/gateway/contract';

/** As many items of a list as a fact is told with: what a longer one names beyond them is not known. */
const LISTED_AT_MOST = 50;

/** Facts about an incident; what alerts do is told of many incidents at once. */
export const concerning =
  (id: string) =>
  ({ subject, data }: Pick<LiveEvent, 'subject' | 'data'>): boolean =>
    subject === id || data['incident_id'] === id || lists(data['incidents'], id);

const lists = (all: unknown, id: string): boolean =>
  Array.isArray(all) &&
  (all.length >= LISTED_AT_MOST ||
    all.some((each) => each === id || (each as { incident_id?: string } | null)?.incident_id === id));

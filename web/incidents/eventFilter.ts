import type { LiveEvent } from '../../src/gateway/contract';

/** The number of items in a list of an event; a longer list is cut there, so further items are unknown. */
const LISTED_AT_MOST = 50;

/** Selects the events of an incident; an event of alerts can name several incidents. */
export const concerning =
  (id: string) =>
  ({ subject, data }: Pick<LiveEvent, 'subject' | 'data'>): boolean =>
    subject === id || data['incident_id'] === id || lists(data['incidents'], id);

const lists = (all: unknown, id: string): boolean =>
  Array.isArray(all) &&
  (all.length >= LISTED_AT_MOST ||
    all.some((each) => each === id || (each as { incident_id?: string } | null)?.incident_id === id));

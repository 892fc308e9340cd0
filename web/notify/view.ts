import { addressOf, filtersIn, searchIn } from '../live/address';
import { instantIn } from '../live/SpanFilter';
import type { Ports } from '../ports';

/** The view of the delivery log, as its address holds it. */
export interface View {
  status: string | null;
  channel: string | null;
  incident: string | null;
  from: string | null;
  to: string | null;
  q: string;
  page: number;
  /** The notification that is open. */
  id: string | null;
}

export const PER_PAGE = 25;
const NAMED = ['status', 'channel', 'incident', 'from', 'to', 'id'] as const;

export const viewOf = (query: Record<string, string>): View => ({
  ...filtersIn(NAMED, query),
  from: instantIn(query['from']),
  to: instantIn(query['to']),
  ...searchIn(query),
});

/** The address of a view. A change of the view shows its first page and closes the open notification. */
export const hrefOf = (view: View, change: Partial<View> = {}): string =>
  addressOf('/notifications', NAMED, { ...view, page: 1, id: null, ...change });

export const isFiltered = ({ status, channel, incident, from, to, q }: View): boolean =>
  [status, channel, incident, from, to].some((each) => each !== null) || q !== '';

export const questionOf = ({
  status,
  channel,
  incident,
  from,
  to,
  q,
  page,
}: View): Parameters<Ports['notify']['list']>[0] => ({
  page,
  per_page: PER_PAGE,
  ...(status !== null && { status }),
  ...(channel !== null && { channel }),
  ...(incident !== null && { incident_id: incident }),
  ...(from !== null && { from }),
  ...(to !== null && { to }),
  ...(q.trim() !== '' && { q: q.trim() }),
});

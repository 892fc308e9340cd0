import { addressOf, filtersIn, searchIn } from '../live/address';
import type { Ports } from '../ports';
import { heartbeats as words } from '../text/heartbeats';
import { span } from '../ui/times';
import type { Touch } from '../useQuery';

/** A heartbeat, for the list, its page and Home. */

export type Listed = Awaited<ReturnType<Ports['alerts']['listHeartbeats']>>;
export type Heartbeat = Listed['heartbeats'][number];
export type State = Heartbeat['state'];

export const PER_PAGE = 50;
/** Not every ping has an event, so lists are polled too. */
export const TOUCHED: Touch = {
  modules: ['alerts'],
  by: ({ kind }) => kind.startsWith('heartbeat'),
  everyMs: 5_000,
};

export const STATES: readonly State[] = ['down', 'late', 'new', 'started', 'up', 'paused'];
export const TONES: Readonly<Record<State, 'on' | 'warn' | 'bad' | undefined>> = {
  ...{ down: 'bad', late: 'warn', new: 'warn' },
  ...{ started: 'on', up: 'on', paused: undefined },
};

export interface View {
  state: string | null;
  q: string;
  page: number;
}
const FILTERS = ['state'] as const;
export const viewOf = (query: Record<string, string>): View => ({ ...filtersIn(FILTERS, query), ...searchIn(query) });
/** The address of a view. A change of the view shows its first page. */
export const hrefOf = (view: View, change: Partial<View> = {}): string =>
  addressOf('/heartbeats', FILTERS, { ...view, page: 1, ...change });

export const hrefOfHeartbeat = (id: string): string => `/heartbeats/${id}`;

/** When pings are expected, in words. */
export const expected = ({ schedule }: Pick<Heartbeat, 'schedule'>): string =>
  'period' in schedule
    ? words.schedule.every(span(schedule.period))
    : words.schedule.cron(schedule.cron, schedule.time_zone);

import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Service } from '../../kernel/ports/contract';
import type { AlertsContract, HeartbeatState } from '../contract';
import { HEARTBEAT_STATES, MOST_HEARTBEATS, PINGS_LISTED } from '../contract/heartbeats';
import { allHeartbeats, type HeartbeatRow } from '../store/heartbeats';
import { lastPings } from '../store/pings';
import { presentHeartbeat, storedState } from './present';

export interface HeartbeatDeps {
  db: Db;
  clock: Clock;
  publicUrl: string;
}

type List = Service<AlertsContract>['listHeartbeats'];

/** The order of a list: what needs a person comes first. */
const ORDER: readonly HeartbeatState[] = ['down', 'late', 'new', 'started', 'up', 'paused'];

type Placed = { row: HeartbeatRow; state: HeartbeatState };

const inTheirStates = (stored: readonly HeartbeatRow[], now: Date): Promise<Placed[]> =>
  inSlices(mapSteps(stored, (row) => ({ row, state: storedState(row, now) })));

const countStates = (all: readonly Placed[]) =>
  Object.fromEntries(HEARTBEAT_STATES.map((each) => [each, all.filter((one) => one.state === each).length])) as Record<
    HeartbeatState,
    number
  >;

/** How many heartbeats are in each state now. */
export async function countHeartbeats({
  db,
  clock,
}: Pick<HeartbeatDeps, 'db' | 'clock'>): Promise<Record<HeartbeatState, number>> {
  return countStates(await inTheirStates(await allHeartbeats(db, MOST_HEARTBEATS), clock.now()));
}

/** A page of the heartbeats. All rows are read, because their states follow from the time; there are at most 2,000. */
export async function listed(
  { db, clock, publicUrl }: HeartbeatDeps,
  { state, q, page, per_page }: Parameters<List>[0],
): ReturnType<List> {
  const now = clock.now();
  const stored = await allHeartbeats(db, MOST_HEARTBEATS);
  const all = await inTheirStates(stored, now);
  const wanted = state?.split(',');
  const matching = all
    .filter((one) => (wanted === undefined || wanted.includes(one.state)) && matches(one.row, q))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || compare(a.row, b.row));
  const rows = matching.slice((page - 1) * per_page, page * per_page).map(({ row }) => row);
  const recent = await lastPings(
    db,
    rows.map(({ id }) => id),
    PINGS_LISTED,
  );
  const states = countStates(all);
  const heartbeats = rows.map((row) => presentHeartbeat(row, recent.get(row.id) ?? [], { publicUrl, now }));
  return { total: matching.length, page, per_page, heartbeats, states };
}

const matches = ({ name, slug, team, service }: HeartbeatRow, q: string): boolean =>
  q === '' || [name, slug, team, service].some((each) => each?.toLowerCase().includes(q));

const compare = (a: HeartbeatRow, b: HeartbeatRow): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1;

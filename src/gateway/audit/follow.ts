import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { type Follower, follow } from '../../kernel/events/follow';
import type { Log } from '../../kernel/observe/observe';
import type { GatewayEvent, Source } from '../contract';
import type { ReadEvents } from '../live/tail';
import { writeAudit } from '../store/audit';
import { isAuditable } from './auditable';

/** Rest between two reads. In an alert storm there are always new events, and the audit log is not urgent. */
const REST_MS = 500;

/** Lets open audit pages load again: the original event reaches them before its audit entry is saved. */
const written = (source: Source, entries: number, at: Date): NewEvent<GatewayEvent> => ({
  kind: 'audit.written',
  subject: source,
  actor: SYSTEM_ACTOR,
  data: { entries },
  at,
});

/** Copies events of the modules below into the audit log, each once, also if several gateways follow. */
export function auditFollowers(
  readers: Record<Exclude<Source, 'gateway'>, ReadEvents>,
  { db, clock, log }: { db: Db; clock: Clock; log: Log },
): Follower[] {
  const sources = Object.entries(readers) as [Exclude<Source, 'gateway'>, ReadEvents][];
  return sources.map(([source, read]) =>
    follow({
      ...{ db, clock, log, name: 'audit', source, read, restMs: REST_MS },
      concerns: (event) => isAuditable(source, event),
      handle: async (trx, events) => {
        await writeAudit(trx, source, events);
        await record(trx, [written(source, events.length, clock.now())], BY_SYSTEM);
      },
    }),
  );
}

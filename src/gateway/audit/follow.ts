import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { type Follower, follow } from '../../kernel/events/follow';
import type { Log } from '../../kernel/observe/observe';
import type { GatewayFact, Source } from '../contract';
import type { ReadEvents } from '../live/tail';
import { writeAudit } from '../store/audit';
import { isDeed } from './auditable';

/** In a storm facts of machines never end; who reads the log of people's deeds can wait that long. */
const REST_MS = 500;

/** Whoever looks at the log hears of the deed itself before it stands there. */
const written = (source: Source, entries: number, at: Date): NewEvent<GatewayFact> => ({
  kind: 'audit.written',
  subject: source,
  actor: SYSTEM_ACTOR,
  data: { entries },
  at,
});

/** Keeps the deeds of the modules below, each once, however many gateways follow. */
export function auditFollowers(
  readers: Record<Exclude<Source, 'gateway'>, ReadEvents>,
  { db, clock, log }: { db: Db; clock: Clock; log: Log },
): Follower[] {
  const sources = Object.entries(readers) as [Exclude<Source, 'gateway'>, ReadEvents][];
  return sources.map(([source, read]) =>
    follow({
      ...{ db, clock, log, name: 'audit', source, read, restMs: REST_MS },
      concerns: (event) => isDeed(source, event),
      handle: async (trx, events) => {
        await writeAudit(trx, source, events);
        await record(trx, [written(source, events.length, clock.now())], BY_SYSTEM);
      },
    }),
  );
}

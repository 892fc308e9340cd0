import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { RecordedEvent } from '../../kernel/events/events';
import { type Follower, follow } from '../../kernel/events/follow';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Log } from '../../kernel/observe/observe';
import { type Port, systemCaller } from '../../kernel/ports/contract';
import type { OncallContract, OncallEvent } from '../../oncall/contract';
import type { Dependency } from '../domain/dependents';
import { releaseHeldJob } from '../holds/jobs';
import { changeConfiguration } from '../store/mutes';
import { lockUpstream, replaceDependencies } from '../store/upstream';
import { settleUpstreamMutes } from './settle';

const DEPENDENCIES_SET: OncallEvent = 'service_dependencies_set';

/** Milliseconds between reads of events. Each step of an escalation is an event too, and none of them matters here. */
const REST_MS = 250;

export interface FollowDeps {
  db: Db;
  clock: Clock;
  log: Log;
  oncall: Port<OncallContract>;
}

/** Follows events of oncall and stores what each service depends on. */
export function followOncall({ db, clock, log, oncall }: FollowDeps): Follower {
  const caller = systemCaller('alerts-follows-oncall');
  return follow({
    db,
    name: 'alerts',
    source: 'oncall',
    clock,
    log,
    restMs: REST_MS,
    read: (after, wait_ms, limit) => oncall.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    concerns: ({ kind }) => kind === DEPENDENCIES_SET,
    handle: async (trx, events) => {
      await lockUpstream(trx);
      for (const event of events) await replaceDependencies(trx, event.subject, dependenciesIn(event));
      await changeConfiguration(trx);
      await settleUpstreamMutes(trx, clock.now());
      // Alerts whose service no longer waits are attached now.
      await enqueue(trx, clock.now(), [releaseHeldJob({})]);
    },
  });
}

/** Each event holds the whole list of its service, so that the last one counts. */
function dependenciesIn({ subject, data }: RecordedEvent): Dependency[] {
  const listed = data['depends_on'] as { service: string; grace_seconds: number }[];
  return listed.map(({ service: upstream, grace_seconds }) => ({ service: subject, upstream, grace_seconds }));
}

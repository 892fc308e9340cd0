import { type Follower, follow } from '../../kernel/events/follow';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import type { OncallEvent } from '../../oncall/contract';
import type { Deps } from '../deps';
import { rechecksAfterChange } from './recheck';

/** Events of oncall that may change who is paged for an incident. */
const CHANGES_RESPONDERS: ReadonlySet<string> = new Set<OncallEvent>([
  ...(['schedule_created', 'schedule_updated', 'schedule_deleted', 'schedule_version_withdrawn'] as const),
  ...(['override_start', 'override_added', 'override_moved', 'override_end', 'override_expired'] as const),
  ...(['rotation_change', 'policy_set', 'policy_deleted'] as const),
  ...(['person_set', 'service_set', 'service_forgotten'] as const),
]);

/** Milliseconds between reads of events. Each step is an event too, so a storm without this pause causes many small reads. */
const REST_MS = 250;

/** Follows oncall: after a change of schedules, policies, people or owners, policies that wait are checked again. */
export function followOncall({ db, clock, log, oncall }: Deps): Follower {
  const caller = systemCaller('incidents-follows-oncall');
  return follow({
    db,
    name: 'incidents',
    source: 'oncall',
    clock,
    log,
    restMs: REST_MS,
    read: (after, wait_ms, limit) => oncall.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    concerns: ({ kind }) => CHANGES_RESPONDERS.has(kind),
    handle: (trx) => enqueue(trx, clock.now(), rechecksAfterChange(clock.now())),
  });
}

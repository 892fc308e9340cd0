import { systemCaller } from '../kernel/contract';
import type { RecordedEvent } from '../kernel/events';
import { type Follower, follow } from '../kernel/follow';
import { idOf } from '../kernel/values';
import type { Entry } from './domain/opening';
import type { Rooms } from './rooms';
import { tellIfKnown } from './store/timeline';

/** Facts of notify that people want to see on the incident: a page that failed. */
export function followNotify({ db, clock, log, notify }: Rooms): Follower {
  const caller = systemCaller('incidents-follows-notify');
  return follow({
    db,
    name: 'incidents',
    source: 'notify',
    clock,
    log,
    read: (after, wait_ms, limit) => notify.events({ ...(after !== null && { after }), wait_ms, limit }, caller),
    handle: (trx, events) => tellIfKnown(trx, events.flatMap(failedPage)),
  });
}

function failedPage({ kind, data, at }: RecordedEvent): Entry[] {
  const incidentId = idOf(String(data['incident_id']));
  if (kind !== 'notification_failed' || incidentId === null) return [];
  const { notification_id, channel, recipient, reason } = data;
  const detail = { notification_id, channel, recipient, reason };
  return [{ incidentId, eventType: 'page_failed', actor: 'system', detail, at: new Date(at) }];
}

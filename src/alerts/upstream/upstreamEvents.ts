import type { UPSTREAM_EVENTS } from '../../incidents/contract';
import type { Db } from '../../kernel/db/pool';
import type { RecordedEvent } from '../../kernel/events/events';
import { idOf } from '../../kernel/ports/values';
import { lockUpstream, saveUpstream, type UpstreamIncident } from '../store/upstream';
import { settleUpstreamMutes } from './settle';

const BEGAN: (typeof UPSTREAM_EVENTS)[number] = 'incident_upstream_began';
const ENDED: (typeof UPSTREAM_EVENTS)[number] = 'incident_upstream_ended';

/** Whether an event reports that an incident begins or ends to affect dependents. */
export const isUpstreamEvent = ({ kind }: Pick<RecordedEvent, 'kind'>): boolean => kind === BEGAN || kind === ENDED;

/** Saves which incidents affect dependents, and mutes or releases alerts accordingly. */
export async function handleUpstreamEvents(trx: Db, events: readonly RecordedEvent[], now: Date): Promise<void> {
  const changes = events.filter(isUpstreamEvent).flatMap(changeOf);
  if (changes.length === 0) return;
  await lockUpstream(trx);
  await saveUpstream(trx, changes, now);
  await settleUpstreamMutes(trx, now);
}

const changeOf = ({ kind, subject, data }: RecordedEvent): UpstreamIncident[] =>
  idOf(subject) === null
    ? []
    : [
        {
          incident_id: subject,
          service: String(data['service']),
          title: String(data['title']),
          version: Number(data['version']),
          in_force: kind === BEGAN,
        },
      ];

import type { Entry } from './timeline';

interface Act {
  now: Date;
  actor: string;
}

/** The entry of an incident whose alerts begin to flap. @param fingerprint of the first one */
export const flappingBegan = (incidentId: string, fingerprint: string, { now, actor }: Act): Entry => ({
  incidentId,
  eventType: 'flapping_began',
  actor,
  detail: { fingerprint },
  at: now,
});

/** The entry of an incident in which no alert flaps any more, and why. */
export const flappingEnded = (incidentId: string, reason: 'quiet' | 'resolved', { now, actor }: Act): Entry => ({
  incidentId,
  eventType: 'flapping_ended',
  actor,
  detail: { reason },
  at: now,
});

import { randomUUID } from 'node:crypto';
import type { Notice } from '../contract';
import type { Addressed } from '../domain';
import type { NewNotification } from '../store/notifications';

interface Wording {
  incident_id: string;
  message: string;
  severity?: string | null | undefined;
  metadata?: Record<string, unknown> | null | undefined;
  outcome?: Notice | undefined;
}

/** Where it goes; a message written by hand has a channel and a recipient and nothing else of these. */
type Destination = Pick<Addressed, 'channel' | 'recipient' | 'refusal' | 'recordsOnly'> & Partial<Addressed>;

/**
 * What no channel will try has failed; a channel that only records records a page or a notice, and answers `sent` to a
 * message by hand, as the original does; everything else waits for its first attempt.
 */
export function newNotification(
  { incident_id, message, severity, metadata, outcome }: Wording,
  now: Date,
  { channel, recipient, refusal, recordsOnly, to, addressNo, audience, person, reachable }: Destination,
  key: string | null = null,
): NewNotification {
  return {
    id: randomUUID(),
    incident_id,
    channel,
    recipient,
    message,
    severity: severity ?? null,
    status: refusal !== null ? 'failed' : !recordsOnly ? 'queued' : audience === undefined ? 'sent' : 'recorded',
    reason: refusal,
    metadata: metadata ?? {},
    created_at: now,
    audience: audience ?? 'direct',
    person_name: person?.name ?? null,
    person_email: person?.email ?? null,
    reachable: reachable ?? refusal === null,
    told_key: key,
    told_to: to ?? null,
    told_address: addressNo ?? null,
    outcome: outcome ?? null,
  };
}

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
  kind?: NewNotification['kind'] | undefined;
}

/** The address. A message that a user wrote has only a channel and a recipient. */
type Destination = Pick<Addressed, 'channel' | 'recipient' | 'refusal' | 'recordsOnly'> &
  Partial<Addressed> &
  Partial<PagePart>;

/** The contact method and the page of a notification. */
interface PagePart {
  methodId: string | null;
  pageId: string | null;
  ruleNo: number | null;
}

/**
 * A new notification with its first status: `failed` if its channel refuses the recipient, `recorded` on a channel that
 * only records (`sent` for a message that a user wrote, as clients expect), and `queued` otherwise.
 */
export function newNotification(
  { incident_id, message, severity, metadata, outcome, kind }: Wording,
  now: Date,
  { channel, recipient, refusal, recordsOnly, to, addressNo, audience, person, reachable, ...page }: Destination,
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
    kind: kind ?? null,
    method_id: page.methodId ?? null,
    page_id: page.pageId ?? null,
    rule_no: page.ruleNo ?? null,
    gathered_until: null,
  };
}

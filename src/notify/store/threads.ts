import type { Db } from '../../kernel/db/pool';
import type { Notification } from './notifications';

type Follower = Pick<Notification, 'id' | 'incident_id' | 'channel' | 'recipient' | 'severity' | 'created_at'>;

/**
 * The page that a later message about the same incident to the same address follows: the first one of its own severity,
 * else the first one. Undefined for the first page itself. The channel's id, from the list, is part of the text, because a
 * statement that is planned without it cannot use an index of one channel.
 */
export async function threadStart(
  db: Db,
  { id, incident_id, channel, recipient, severity, created_at }: Follower,
): Promise<Pick<Notification, 'id' | 'message' | 'severity' | 'provider_ref'> | undefined> {
  const { rows } = await db.raw(
    `select id, message, severity, provider_ref from notifications
      where incident_id = :incident_id and channel = '${channel}' and recipient = :recipient
        and audience <> 'direct' and outcome is null and (created_at, id) < (:created_at, cast(:id as uuid))
      order by severity is distinct from cast(:severity as text), created_at, id limit 1`,
    { id, incident_id, recipient, severity, created_at },
  );
  return rows[0];
}

import { type Db, statement } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';

/** The links of alerts to incidents, and the end of the jobs that promised to make them. */

/** Writes down which incidents alerts belong to, in the order in which reports lock them. */
export async function correlate(trx: Db, links: readonly { id: string; incident_id: string }[]): Promise<void> {
  if (links.length === 0) return;
  await trx.raw(
    `with due as (
       select a.id, l.incident_id from alerts a
         join unnest(cast(? as uuid[]), cast(? as uuid[])) as l(id, incident_id) on l.id = a.id
        where a.incident_id is distinct from l.incident_id order by a.fingerprint for update of a)
     update alerts set incident_id = due.incident_id from due where alerts.id = due.id`,
    [links.map(({ id }) => id), links.map(({ incident_id }) => incident_id)],
  );
}

const LINK = `
  due as (
    select a.id, l.incident_id from alerts a
      join unnest(cast(:ids as uuid[]), cast(:incidents as uuid[])) as l(id, incident_id) on l.id = a.id
     where a.incident_id is distinct from l.incident_id order by a.fingerprint for update of a),
  linked as (update alerts set incident_id = due.incident_id from due where alerts.id = due.id),`;

const settling = (link: string) =>
  statement(`
  with hurried as materialized (select set_config('synchronous_commit', 'off', true)), ${link}
  done as (
    delete from jobs using unnest(cast(:jobs as bigint[]), cast(:attempts as int[])) as c(id, attempts)
     where jobs.id = c.id and jobs.attempts = c.attempts)
  select 1 from hurried`);

const SETTLE = settling('');
const SETTLE_AND_LINK = settling(LINK);

/**
 * Settles groups whose alerts are attached, in one statement too. Losing it costs no more than attaching once again, so the
 * disk is not waited for. Alerts that joined the incident they were expected to join have no link to be written.
 * For who promised the jobs only: a worker may find its job standing again after a crash, and ends it as done.
 */
export async function settle(
  db: Db,
  links: readonly { id: string; incident_id: string }[],
  claims: readonly Claim[],
): Promise<void> {
  const done = { jobs: claims.map(({ id }) => id), attempts: claims.map(({ attempts }) => attempts) };
  if (links.length === 0) await SETTLE(db, done);
  else
    await SETTLE_AND_LINK(db, {
      ...done,
      ids: links.map(({ id }) => id),
      incidents: links.map(({ incident_id }) => incident_id),
    });
}

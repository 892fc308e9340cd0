import { type Db, statement } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';

/** An alert and the incident that it belongs to. */
export interface Link {
  id: string;
  incident_id: string;
}

/** Saves links in the lock order of reports (by fingerprint). Links that are saved already change nothing. */
export async function saveLinks(trx: Db, links: readonly Link[]): Promise<void> {
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

const completion = (link: string) =>
  statement(`
  with hurried as materialized (select set_config('synchronous_commit', 'off', true)), ${link}
  done as (
    delete from jobs using unnest(cast(:jobs as bigint[]), cast(:attempts as int[])) as c(id, attempts)
     where jobs.id = c.id and jobs.attempts = c.attempts)
  select 1 from hurried`);

const COMPLETE = completion('');
const COMPLETE_AND_LINK = completion(LINK);

/**
 * Saves links and completes the jobs of attached groups in one statement, without waiting for the disk: if a crash loses
 * it, the job runs again and incidents repeats its answer. Only for the process that enqueued the jobs. A worker must not
 * use it, because it deletes its job a second time, with a commit that reaches the disk, and the link would stay lost.
 */
export async function completeGroups(db: Db, links: readonly Link[], claims: readonly Claim[]): Promise<void> {
  const done = { jobs: claims.map(({ id }) => id), attempts: claims.map(({ attempts }) => attempts) };
  if (links.length === 0) await COMPLETE(db, done);
  else
    await COMPLETE_AND_LINK(db, {
      ...done,
      ids: links.map(({ id }) => id),
      incidents: links.map(({ incident_id }) => incident_id),
    });
}

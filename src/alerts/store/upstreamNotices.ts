import type { Db } from '../../kernel/db/pool';
import { enqueue, type JobOf } from '../../kernel/jobs/jobs';
import type { Decision } from '../domain';
import type { AlertJobs } from './jobKinds';

/** Notices to the teams of services that an incident affects: the team of the alert's route, else the owner. */

type Affected = Pick<Decision, 'decision' | 'muted_by' | 'routing'> & { service: string };

interface Effect {
  incident_id: string;
  service: string;
  /** The team or policy of the alert's route; empty without one. */
  team: string;
  title: string;
}

const keyOf = ({ incident_id, service, team }: Omit<Effect, 'title'>): string =>
  JSON.stringify([incident_id, service, team]);

/**
 * Enqueues a notice for each service and route that an incident affects for the first time. Call it in the transaction
 * that stores the alerts as muted.
 */
export async function noticeAffected(trx: Db, alerts: readonly Affected[], now: Date): Promise<void> {
  const affected = new Map(alerts.flatMap(effectOf).map((effect) => [keyOf(effect), effect]));
  if (affected.size === 0) return;
  const { rows } = await trx.raw(
    `insert into upstream_notices (incident_id, service, team, at)
     select incident_id, service, team, ?
       from jsonb_to_recordset(cast(? as jsonb)) as n(incident_id uuid, service text, team text)
      order by incident_id, service, team on conflict do nothing
     returning incident_id, service, team`,
    [now, JSON.stringify([...affected.values()])],
  );
  const since = now.toISOString();
  const jobs = rows.map((row: Omit<Effect, 'title'>): JobOf<AlertJobs> => {
    const { incident_id, service, team } = row;
    const title = affected.get(keyOf(row))?.title ?? '';
    return { kind: 'notice-affected', payload: { incident_id, service, title, since, ...(team !== '' && { team }) } };
  });
  await enqueue(trx, now, jobs);
}

const effectOf = ({ service, muted_by, decision, routing }: Affected): Effect[] =>
  muted_by === null
    ? []
    : (decision ?? []).flatMap((entry) =>
        entry.stage === 'mute' && entry.by === 'upstream' && entry.id === muted_by
          ? [{ incident_id: muted_by, service, team: routing?.team ?? routing?.policy ?? '', title: entry.name }]
          : [],
      );

/** Forgets notices that were sent before the cutoff. */
export const forgetNotices = (db: Db, before: Date): Promise<number> =>
  db('upstream_notices')
    .where('at', '<', before)
    .whereNotExists(db('mutes').whereRaw('mutes.id = upstream_notices.incident_id and mutes.ended_at is null'))
    .delete();

import type { Db } from '../../kernel/db/pool';
import { enqueue, type JobOf } from '../../kernel/jobs/jobs';
import { dependentsIn } from '../domain/dependents';
import { releaseJob } from '../rules/release';
import type { AlertJobs } from '../store/jobKinds';
import { changeConfiguration, insertMute, lockMute, type MuteRow, updateMute } from '../store/mutes';
import { allDependencies, upstreamMutes, upstreamsInForce } from '../store/upstream';

/** An incident and the services that it affects. */
interface Effect {
  id: string;
  title: string;
  services: string[];
}

/**
 * Brings the mutes of incidents in line with the dependencies and with the incidents in force. The alerts of a mute that
 * ends, or that no longer covers their service, are decided again by a job of the same transaction. The caller holds
 * `lockUpstream`. Without dependencies it changes nothing, so that the intake need not read its configuration again.
 */
export async function settleUpstreamMutes(trx: Db, now: Date): Promise<void> {
  const effects = await effectsNow(trx);
  const stored = new Map((await upstreamMutes(trx, [...effects.keys()])).map((row) => [row.id, row]));
  const begun = [...effects.values()].filter(({ id }) => !stored.has(id));
  const changed = [...stored.values()].filter((row) => differs(row, effects.get(row.id)));
  if (begun.length + changed.length === 0) return;
  await changeConfiguration(trx);
  for (const effect of begun) await insertMute(trx, rowOf(effect, now));
  // A new mute has no alerts to release, but the process that runs its job reads the configuration at once.
  const jobs: JobOf<AlertJobs>[] = begun.map(({ id }) => releaseJob(id));
  for (const { id } of changed) {
    const row = await lockMute(trx, id);
    if (row === undefined) continue;
    const { title, services } = effects.get(id) ?? { title: row.name, services: row.services };
    const ended_at = effects.has(id) ? null : now;
    await updateMute(trx, { ...row, name: title, services, ended_at, updated_at: now });
    jobs.push(releaseJob(id));
  }
  await enqueue(trx, now, jobs);
}

async function effectsNow(trx: Db): Promise<Map<string, Effect>> {
  const dependencies = await allDependencies(trx);
  if (dependencies.length === 0) return new Map();
  const dependentsOf = dependentsIn(dependencies);
  const effects = new Map<string, Effect>();
  for (const { incident_id: id, service, title } of await upstreamsInForce(trx)) {
    const services = dependentsOf(service);
    if (services.length > 0) effects.set(id, { id, title, services });
  }
  return effects;
}

function differs({ ended_at, services }: MuteRow, effect: Effect | undefined): boolean {
  if (effect === undefined) return ended_at === null;
  return ended_at !== null || services.join('\n') !== effect.services.join('\n');
}

const rowOf = ({ id, title, services }: Effect, now: Date): MuteRow => ({
  ...{ id, cause: 'upstream', version: 1, name: title, matchers: [], services },
  ...{ starts_at: now, ends_at: null, recurrence: null, over_until: null, ended_at: null },
  ...{ created_at: now, created_by: 'system', updated_at: now, updated_by: 'system' },
});

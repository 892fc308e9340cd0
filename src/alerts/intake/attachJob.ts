import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM, type NewEvent, record, SYSTEM_ACTOR } from '../../kernel/events/events';
import { type Claim, complete, type HandlersOf } from '../../kernel/jobs/jobs';
import type { AlertsEvent } from '../contract';
import { reportFromAlert } from '../domain';
import { retryWhileAway } from '../retry';
import type { Decider } from '../rules/decider';
import { byId } from '../store/alerts';
import { flappingOf } from '../store/flapping';
import type { AlertJobs, AttachItem } from '../store/jobKinds';
import { type Link, saveLinks } from '../store/links';
import { type AttachMode, attachGroup } from './attach';
import type { Correlation } from './correlation';
import type { Group, Member } from './group';

export interface AttachJobDeps {
  db: Db;
  clock: Clock;
  correlation: Correlation;
  decider: Decider;
}

/** Handler of `attach` jobs: attaches what the request that stored the reports could not attach. */
export const attachJob =
  (deps: AttachJobDeps): HandlersOf<AlertJobs>['attach'] =>
  async (payload, claim) => {
    const group = await groupOfJob(deps.db, payload, claim);
    if (group.members.length > 0) await attachGroup(deps, group, modeOf(deps, payload.since));
  };

/** The alerts of a job as they are now. Alerts that no longer exist are left out. */
async function groupOfJob(
  db: Db,
  { made = [], alerts, by }: AlertJobs['attach'],
  { id, attempts }: Claim,
): Promise<Group> {
  const items = new Map<string, AttachItem>(alerts.map((item) => [item.id, item]));
  for (const alertId of made) items.set(alertId, { id: alertId, reports: 1, made: true });
  const flapping = await flappingOf(db, [...items.keys()]);
  const members = (await byId(db, [...items.keys()])).map((alert): Member => {
    const { reports, made: created = false, raised } = items.get(alert.id) as AttachItem;
    const report = reportFromAlert(alert, reports);
    return { alert, report, created, rise: raised ?? undefined, flapping: flapping.has(alert.id) };
  });
  return { members, claim: { id, attempts }, by };
}

/** A failure of incidents or of the database fails the job, which runs again. */
const modeOf = ({ db, clock, correlation }: AttachJobDeps, since: string): AttachMode => ({
  ask: ({ members, by }) => retryWhileAway(clock, since, () => correlation.ask(members, by)),
  // The commit waits for the disk: the worker deletes the job as well, so a link that a crash lost would not be saved again.
  save: (links, claim) =>
    db.transaction(async (trx) => {
      await saveLinks(trx, links);
      await complete(trx, [claim]);
      await record(trx, attachedEvents(links, clock.now()), BY_SYSTEM);
    }),
  reopenFailed: (error) => {
    throw error;
  },
});

/** Pages that show these alerts read them again. A request that attaches alerts needs no event: reports have one. */
const attachedEvents = (links: readonly Link[], at: Date): NewEvent<AlertsEvent>[] =>
  links[0] === undefined
    ? []
    : [
        {
          kind: 'alerts_attached',
          ...{ subject: links[0].id, actor: SYSTEM_ACTOR, data: { alerts: links.length }, at },
        },
      ];

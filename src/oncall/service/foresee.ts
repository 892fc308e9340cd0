import type { Db } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { OncallContract } from '../contract';
import type { StepTarget } from '../domain/policy';
import { teamAt } from '../store/teams';
import { noSchedule, type ServiceDeps } from './deps';
import { foreseenInTurn } from './inTurn';
import { heldAnswer, isDeferrable, notifiedRow, previewAll, withUnknownReach, zonesFor } from './notifyTarget';
import { type Resolved, resolveRoute } from './routes';
import { draftedPolicy, planOf } from './steps';
import { targetsFor } from './stepTargets';

/** A step before it runs: its people, by which methods, and when. Nothing is sent or recorded. */

type Foresee = Parameters<Service<OncallContract>['foreseeStep']>[0];
type Foreseen = Awaited<ReturnType<Service<OncallContract>['foreseeStep']>>;

/** @throws Problem `not-found`, `invalid`; `unavailable` if notify does not answer and `reach` is `needed` */
export async function foreseeStep(
  deps: ServiceDeps,
  { service, team: name, route: given, severity, step, round, announce, at: instant, policy, reach }: Foresee,
  caller: Caller,
): Promise<Foreseen> {
  const { db } = deps;
  const notify = reach === 'needed' ? deps.notify : withUnknownReach(deps.notify, reach === 'if_known');
  const at = new Date(instant);
  const { team, pages, missing } =
    name === undefined ? await resolveRoute(deps, service ?? '', given, at) : await routeOfTeam(db, name, at);
  const draft = policy === undefined ? {} : { draft: await draftedPolicy(db, policy) };
  const plan = await planOf(db, pages, { step, severity, ...draft }, at);
  const { rotates } = plan;
  const resolved =
    rotates === null
      ? plan.resolved
      : await foreseenInTurn({ db, notify }, { turn: rotates.stored, resolved: plan.resolved, ahead: round }, caller);
  const targets = targetsFor({ step, announce, assignee: null, fallback: null }, team, resolved);
  const told = await previewAll(
    notify,
    targets,
    caller,
    isDeferrable(severity) ? { severity, at: instant, zones: await zonesFor(db, targets, severity) } : {},
  );
  const rows = told.map(({ to: n, ...rest }) => notifiedRow(targets[n] as StepTarget, rest));
  return {
    ...resolved.answer,
    ...heldAnswer(resolved.answer, rows),
    team: team?.team ?? null,
    told: rows,
    ...(missing.length > 0 && { missing }),
  };
}

/** The policy of a team itself. @throws Problem `not-found` */
async function routeOfTeam(db: Db, name: string, at: Date): Promise<Resolved> {
  const team = await teamAt(db, name, at);
  if (team === undefined) throw noSchedule(name);
  return { team, pages: team, missing: [] };
}

import { createHash } from 'node:crypto';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { requireCurrent } from '../../kernel/ports/ifMatch';
import { invalid } from '../../kernel/ports/problem';
import type { OncallContract, OncallEvent } from '../contract';
import { cycleOf, type Dependency } from '../domain/dependencies';
import { allDependencies, dependenciesAround, lockDependencies, writeDependencies } from '../store/dependencies';
import { type ServiceDeps, withDeps } from './deps';

type Answers = Pick<Service<OncallContract>, 'dependencies' | 'dependenciesOf' | 'setDependencies'>;
type Deps = Pick<ServiceDeps, 'db' | 'clock'>;
type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

/** The most dependencies of all services, because each change reads all of them. */
const MOST_DEPENDENCIES = 2_000;

/** Which services a service depends on: list, read, set. */
export const dependencyAnswers = (deps: Deps): Answers =>
  withDeps(deps, { dependencies, dependenciesOf, setDependencies });

async function dependencies({ db }: Deps): Output<'dependencies'> {
  const all = await allDependencies(db);
  return {
    dependencies: all.map(({ service, upstream, grace_seconds }) => ({ service, depends_on: upstream, grace_seconds })),
  };
}

const dependenciesOf = async ({ db }: Deps, { service }: Input<'dependenciesOf'>): Output<'dependenciesOf'> =>
  answerOf(db, service);

async function setDependencies(
  { db, clock }: Deps,
  { service, if_match, depends_on }: Input<'setDependencies'>,
  caller: Caller,
): Output<'setDependencies'> {
  return withRetry(db, async (trx) => {
    await lockDependencies(trx);
    const all = await allDependencies(trx);
    const own = (of: Dependency): boolean => of.service === service;
    requireCurrent(if_match, versionOf(all.filter(own)));
    const upstreams = depends_on.map(({ service: upstream, grace_seconds }) => ({ upstream, grace_seconds }));
    const others = all.filter((of) => !own(of));
    refuseFaults(service, upstreams, others);
    await writeDependencies(trx, service, upstreams);
    const event: NewEvent<OncallEvent> = {
      kind: 'service_dependencies_set',
      ...{ subject: service, actor: caller.actor, data: { depends_on }, at: clock.now() },
    };
    await record(trx, [event], caller);
    return answerOf(trx, service);
  });
}

/** @throws Problem `invalid` for a repeated upstream, a cycle, or too many dependencies */
function refuseFaults(
  service: string,
  upstreams: readonly Omit<Dependency, 'service'>[],
  others: readonly Dependency[],
): void {
  const names = upstreams.map(({ upstream }) => upstream);
  const repeated = names.findIndex((name, n) => names.indexOf(name) < n);
  if (repeated >= 0) {
    const message = `${names[repeated]} is listed twice`;
    throw invalid([{ path: `depends_on.${repeated}.service`, message }]);
  }
  const cycle = cycleOf(service, names, others);
  if (cycle !== null) {
    throw invalid([{ path: 'depends_on', message: `Services must not depend on each other: ${cycle.join(' → ')}` }]);
  }
  if (others.length + names.length > MOST_DEPENDENCIES) {
    const message = `There can be at most ${MOST_DEPENDENCIES} dependencies in all`;
    throw invalid([{ path: 'depends_on', message }]);
  }
}

async function answerOf(db: Db, service: string): Output<'dependenciesOf'> {
  const around = await dependenciesAround(db, service);
  const own = around.filter((of) => of.service === service);
  return {
    service,
    version: versionOf(own),
    depends_on: own.map(({ upstream, grace_seconds }) => ({ service: upstream, grace_seconds })),
    needed_by: around
      .filter((of) => of.upstream === service)
      .map(({ service: downstream, grace_seconds }) => ({ service: downstream, grace_seconds })),
  };
}

/** The version of a list is its hash: a list with the same content has the same version. */
const versionOf = (own: readonly Dependency[]): string =>
  createHash('sha256')
    .update(JSON.stringify(own.map(({ upstream, grace_seconds }) => [upstream, grace_seconds])))
    .digest('hex')
    .slice(0, 16);

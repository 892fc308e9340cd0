import { withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { Email } from '../../kernel/ports/values';
import type { OncallContract, OncallEvent } from '../contract';
import { findNamesake } from '../domain/namesake';
import { referencesToTeam } from '../store/policies';
import {
  allPeople,
  allServices,
  forgetService,
  forgetTeam,
  lockTeam,
  peopleNamed,
  personByEmail,
  saveHandoffNotice,
  savePerson,
  saveRoom,
  saveService,
  teamsOfPeople,
} from '../store/registry';
import { findSchedule } from '../store/schedules';
import { ownersAt, ownersOf } from '../store/teams';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { LOOK_FOR_GAPS, LOOK_FOR_HANDOFFS } from './notices';

type Answers = Pick<
  Service<OncallContract>,
  | 'people'
  | 'setPerson'
  | 'deleteTeam'
  | 'services'
  | 'setService'
  | 'deleteService'
  | 'owners'
  | 'setTeamRoom'
  | 'setHandoffNotice'
  | 'findPerson'
>;

/** The most people of one name that are considered. */
const NAMESAKES_AT_MOST = 20;

/** People, owners of services, and rooms of teams. */
export const registryAnswers = (deps: ServiceDeps): Answers =>
  withDeps(deps, {
    people,
    services,
    owners,
    setPerson,
    deleteTeam,
    setService,
    deleteService,
    setTeamRoom,
    setHandoffNotice,
    findPerson,
  });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

async function ownerOf(deps: ServiceDeps, service: string | undefined, at: Date): Promise<string | null> {
  const { db, defaultTeam } = deps;
  if (service === undefined) return null;
  const name = service.trim().toLowerCase();
  return (await ownersAt(db, [name], defaultTeam, at)).get(name)?.team ?? null;
}

function newEvent(
  deps: ServiceDeps,
  kind: OncallEvent,
  subject: string,
  actor: string,
  data: object,
): NewEvent<OncallEvent>[] {
  const { clock } = deps;
  return [{ kind, subject, actor, data, at: clock.now() }];
}

async function people(deps: ServiceDeps): Output<'people'> {
  const { db } = deps;
  return allPeople(db);
}

async function services(deps: ServiceDeps): Output<'services'> {
  const { db } = deps;
  return allServices(db);
}

async function owners(deps: ServiceDeps, { services }: Input<'owners'>): Output<'owners'> {
  const { db, defaultTeam } = deps;
  return { owners: await ownersOf(db, services, defaultTeam) };
}

async function setPerson(deps: ServiceDeps, person: Input<'setPerson'>, caller: Caller): Output<'setPerson'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    const row = await savePerson(trx, person);
    await record(trx, newEvent(deps, 'person_set', row.email, caller.actor, row), caller);
    return row;
  });
}

async function deleteTeam(deps: ServiceDeps, { team }: Input<'deleteTeam'>, caller: Caller): Output<'deleteTeam'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    if (!(await lockTeam(trx, team))) throw new Problem('not-found', `There is no team '${team}'`);
    const schedule = (await findSchedule(trx, team)) === undefined ? [] : ['its schedule'];
    const pointing = [...schedule, ...(await referencesToTeam(trx, team))];
    if (pointing.length > 0) {
      throw new Problem('conflict', `Team '${team}' still has ${pointing.join(', ')}`, { pointing });
    }
    await forgetTeam(trx, team, clock.now());
    await record(trx, newEvent(deps, 'team_forgotten', team, caller.actor, {}), caller);
  });
}

async function setService(
  deps: ServiceDeps,
  { service, team }: Input<'setService'>,
  caller: Caller,
): Output<'setService'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    if (!(await saveService(trx, service, team))) {
      throw invalid([{ path: 'team', message: `No schedule found for team '${team}'` }]);
    }
    await record(trx, newEvent(deps, 'service_set', service, caller.actor, { team }), caller);
    return { service, team };
  });
}

async function deleteService(
  deps: ServiceDeps,
  { service }: Input<'deleteService'>,
  caller: Caller,
): Output<'deleteService'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    const [gone] = await forgetService(trx, service);
    if (gone === undefined) throw new Problem('not-found', `Service '${service}' has no registered owner`);
    await record(trx, newEvent(deps, 'service_forgotten', service, caller.actor, gone), caller);
  });
}

async function setTeamRoom(
  deps: ServiceDeps,
  { team, room }: Input<'setTeamRoom'>,
  caller: Caller,
): Output<'setTeamRoom'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    if (!(await saveRoom(trx, team, room))) throw noSchedule(team);
    await record(trx, newEvent(deps, 'team_room_set', team, caller.actor, { room }), caller);
    return { team, room };
  });
}

async function setHandoffNotice(
  deps: ServiceDeps,
  { team, minutes }: Input<'setHandoffNotice'>,
  caller: Caller,
): Output<'setHandoffNotice'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    if (!(await saveHandoffNotice(trx, team, minutes))) throw noSchedule(team);
    await record(trx, newEvent(deps, 'team_handoff_notice_set', team, caller.actor, { minutes }), caller);
    await enqueue(trx, clock.now(), [LOOK_FOR_HANDOFFS, LOOK_FOR_GAPS]);
    return { team, minutes };
  });
}

async function findPerson(deps: ServiceDeps, { text, team, service }: Input<'findPerson'>): Output<'findPerson'> {
  const { db, clock } = deps;
  const email = Email.safeParse(text);
  if (email.success) {
    const person = await personByEmail(db, email.data);
    return { name: person?.name ?? text, email: email.data };
  }
  const name = text.trim();
  const [first, ...others] = await peopleNamed(db, name, NAMESAKES_AT_MOST);
  if (first === undefined) return { name: text, email: null };
  if (others.length === 0) return { name: first.name, email: first.email };
  const now = clock.now();
  const teams = await teamsOfPeople(
    db,
    [first, ...others].map((person) => person.email),
    now,
  );
  const candidates = [first, ...others].map((person) => ({
    name: person.name,
    email: person.email,
    teams: teams.get(person.email) ?? [],
  }));
  const found = findNamesake(name, candidates, team ?? (await ownerOf(deps, service, now)));
  return found === null ? { name: text, email: null, candidates } : { name: found.name, email: found.email };
}

import { withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Service } from '../../kernel/ports/contract';
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
  setHandoffNotice,
  setPerson,
  setRoom,
  setService,
  teamsOfPeople,
} from '../store/registry';
import { findSchedule } from '../store/schedules';
import { ownersAt, ownersOf } from '../store/teams';
import { noSchedule, type ServiceDeps } from './deps';
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
export function registryAnswers({ db, clock, defaultTeam }: ServiceDeps): Answers {
  async function ownerOf(service: string | undefined, at: Date): Promise<string | null> {
    if (service === undefined) return null;
    const name = service.trim().toLowerCase();
    return (await ownersAt(db, [name], defaultTeam, at)).get(name)?.team ?? null;
  }

  const newEvent = (kind: OncallEvent, subject: string, actor: string, data: object): NewEvent<OncallEvent>[] => [
    { kind, subject, actor, data, at: clock.now() },
  ];

  return {
    people: () => allPeople(db),
    services: () => allServices(db),
    owners: async ({ services }) => ({ owners: await ownersOf(db, services, defaultTeam) }),

    setPerson: (person, caller) =>
      withRetry(db, async (trx) => {
        const row = await setPerson(trx, person);
        await record(trx, newEvent('person_set', row.email, caller.actor, row), caller);
        return row;
      }),

    deleteTeam: ({ team }, caller) =>
      withRetry(db, async (trx) => {
        if (!(await lockTeam(trx, team))) throw new Problem('not-found', `There is no team '${team}'`);
        const schedule = (await findSchedule(trx, team)) === undefined ? [] : ['its schedule'];
        const pointing = [...schedule, ...(await referencesToTeam(trx, team))];
        if (pointing.length > 0) {
          throw new Problem('conflict', `Team '${team}' still has ${pointing.join(', ')}`, { pointing });
        }
        await forgetTeam(trx, team, clock.now());
        await record(trx, newEvent('team_forgotten', team, caller.actor, {}), caller);
      }),

    setService: ({ service, team }, caller) =>
      withRetry(db, async (trx) => {
        if (!(await setService(trx, service, team))) {
          throw invalid([{ path: 'team', message: `No schedule found for team '${team}'` }]);
        }
        await record(trx, newEvent('service_set', service, caller.actor, { team }), caller);
        return { service, team };
      }),

    deleteService: ({ service }, caller) =>
      withRetry(db, async (trx) => {
        const [gone] = await forgetService(trx, service);
        if (gone === undefined) throw new Problem('not-found', `Service '${service}' has no registered owner`);
        await record(trx, newEvent('service_forgotten', service, caller.actor, gone), caller);
      }),

    setTeamRoom: ({ team, room }, caller) =>
      withRetry(db, async (trx) => {
        if (!(await setRoom(trx, team, room))) throw noSchedule(team);
        await record(trx, newEvent('team_room_set', team, caller.actor, { room }), caller);
        return { team, room };
      }),

    setHandoffNotice: ({ team, minutes }, caller) =>
      withRetry(db, async (trx) => {
        if (!(await setHandoffNotice(trx, team, minutes))) throw noSchedule(team);
        await record(trx, newEvent('team_handoff_notice_set', team, caller.actor, { minutes }), caller);
        await enqueue(trx, clock.now(), [LOOK_FOR_HANDOFFS, LOOK_FOR_GAPS]);
        return { team, minutes };
      }),

    async findPerson({ text, team, service }) {
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
      const found = findNamesake(name, candidates, team ?? (await ownerOf(service, now)));
      return found === null ? { name: text, email: null, candidates } : { name: found.name, email: found.email };
    },
  };
}

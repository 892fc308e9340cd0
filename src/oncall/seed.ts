import type { Clock } from '../kernel/clock';
import { type Db, withRetry } from '../kernel/db/pool';
import { BY_SYSTEM } from '../kernel/events/events';
import type { Member, RotationType } from './domain/simpleSchedule';
import { putPlan } from './service/writeSchedule';
import { isEmptyInstallation } from './store/schedules';

/** Sample schedules for an installation that has none yet. */
const SAMPLES: { team: string; rotation_type: RotationType; primaries: string[]; secondaries: string[] }[] = [
  {
    team: 'platform-engineering',
    rotation_type: 'weekly',
    primaries: ['Alice Martin', 'Bob Dupont'],
    secondaries: ['Carol Chen'],
  },
  { team: 'backend', rotation_type: 'weekly', primaries: ['David Kumar'], secondaries: ['Eve Johnson'] },
  { team: 'frontend', rotation_type: 'daily', primaries: ['Frank Wilson'], secondaries: ['Grace Lee'] },
  {
    team: 'infrastructure',
    rotation_type: 'biweekly',
    primaries: ['Hank Brown', 'Ivy Davis'],
    secondaries: ['Jack White'],
  },
];

const member = (name: string, role: Member['role']): Member => ({
  name,
  email: `${name.split(' ')[0]?.toLowerCase()}@company.com`,
  role,
});

/** Creates the sample schedules if there has never been a team. Returns their number. */
export async function seedSchedules(db: Db, clock: Clock): Promise<number> {
  return withRetry(db, async (trx) => {
    if (!(await isEmptyInstallation(trx))) return 0;
    for (const { team, rotation_type, primaries, secondaries } of SAMPLES) {
      const members = [
        ...primaries.map((name) => member(name, 'primary')),
        ...secondaries.map((name) => member(name, 'secondary')),
      ];
      await putPlan(trx, team, { rotation_type, members }, { by: BY_SYSTEM, now: clock.now(), source: 'seed' });
    }
    return SAMPLES.length;
  });
}

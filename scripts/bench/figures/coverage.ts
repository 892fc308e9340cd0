import { ask } from '../../api';
import type { Measure } from '../figure';
import { median } from '../numbers';
import { withProduct } from '../product';

const SCHEDULES = 100;
const DAYS = 400;
const ROUNDS = 3;
const ROTATIONS = ['daily', 'weekly', 'biweekly'];

const member = (team: string, n: number, role: string) => ({
  name: `Person ${n}`,
  email: `p${n}@${team}.example.com`,
  role,
});

interface Report {
  policies: number;
  gaps_total: number;
}

/** Coverage of all policies over more than a year, as the report and the pipeline request it. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    for (let n = 0; n < SCHEDULES - 1; n++) {
      const team = `covered-${n}`;
      const members = [1, 2, 3, 4].map((p) => member(team, p, p > 2 ? 'secondary' : 'primary'));
      await ask(product, 'POST', '/api/v1/schedules', {
        team,
        rotation_type: ROTATIONS[n % ROTATIONS.length],
        members,
      });
    }
    const path = `/api/v1/oncall/coverage?days=${DAYS}`;
    await ask(product, 'GET', path);
    const seconds: number[] = [];
    let report: Report = { policies: 0, gaps_total: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      report = await ask<Report>(product, 'GET', path);
      seconds.push((performance.now() - started) / 1_000);
    }
    const taken = median(seconds);
    return [
      {
        what: `coverage of ${SCHEDULES} schedules over ${DAYS} days`,
        measured: `${taken.toFixed(2)} s`,
        reach: '≤ 3 s',
        reached: taken <= 3,
        beside: `${report.policies} policies, ${report.gaps_total} gaps`,
        raw: { seconds, policies: report.policies },
      },
    ];
  });

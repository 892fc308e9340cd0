import { type Api, ask } from '../../api';
import type { Measure } from '../figure';
import { median, ms, perSecond } from '../numbers';
import { drive, startBare } from '../processes';
import { withProduct } from '../product';
import { BODIES } from '../requests';

const CONNECTIONS = 64;
const ALERTS = { path: '/api/v1/alerts', body: 'single', connections: CONNECTIONS } as const;
const SECONDS = 4;
const ROUNDS = 5;

/** Compares single posts with a bare Express route, in turns. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    const answer = await ask(product, 'POST', '/api/v1/alerts', BODIES.single('first', 0));
    const bare = await startBare(answer);
    const load = ({ url, apiKey }: Api, run: string, seconds = SECONDS) =>
      drive('posts', { ...ALERTS, url, apiKey, run, seconds });
    await load(product, 'warm', SECONDS);
    await load({ ...bare, apiKey: 'none' }, 'warm', SECONDS / 2);
    const rounds = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const ours = await load(product, `round${round}`);
      const theirs = await load({ ...bare, apiKey: 'none' }, `round${round}`);
      rounds.push({ ours, theirs, ratio: ours.perSecond / theirs.perSecond });
    }
    await bare.end();
    const ours = median(rounds.map((round) => round.ours.perSecond));
    const theirs = median(rounds.map((round) => round.theirs.perSecond));
    const ratio = median(rounds.map((round) => round.ratio));
    const p99 = median(rounds.map((round) => round.ours.p99));
    const unlinked = rounds.reduce((sum, round) => sum + round.ours.unlinked, 0);
    const statuses = rounds.map((round) => round.ours.statuses);
    return [
      {
        what: `POST /alerts, ${CONNECTIONS} connections, of bare Express`,
        measured: ratio.toFixed(2),
        reach: '≥ 0.65',
        reached: ratio >= 0.65,
        beside: `${perSecond(ours)} (p99 ${ms(p99)}) of ${perSecond(theirs)}`,
        raw: { ratio, ours, theirs, p99, unlinked, statuses },
      },
    ];
  });

import { configure } from '../configuration';
import type { Measure } from '../figure';
import { median, perSecond } from '../numbers';
import { drive } from '../processes';
import { withProduct } from '../product';
import { BATCH } from '../requests';

const BATCHES = { path: '/api/v1/alerts/batch', body: 'batch', connections: 4 } as const;
const SECONDS = 4;
const ROUNDS = 5;

type Load = Awaited<ReturnType<typeof drive<'posts'>>>;

interface Round {
  without: Load;
  having: Load;
  ratio: number;
}

/** Compares the intake of a product with rules and mutes with that of one without, in turns. */
export const measure: Measure = () =>
  withProduct({}, (plain) =>
    withProduct({}, async (ruled) => {
      await configure(ruled);
      const load = ({ url, apiKey }: typeof plain, run: string) =>
        drive('posts', { ...BATCHES, url, apiKey, run, seconds: SECONDS });
      await load(plain, 'warm');
      await load(ruled, 'warm');
      const rounds: Round[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        const [without, having] = [await load(plain, `round${round}`), await load(ruled, `round${round}`)];
        rounds.push({ without, having, ratio: having.perSecond / without.perSecond });
      }
      const ratio = median(rounds.map((round) => round.ratio));
      const rows = (pick: 'without' | 'having') => median(rounds.map((round) => round[pick].perSecond)) * BATCH;
      const statuses = rounds.map(({ without, having }) => [without.statuses, having.statuses]);
      return [
        {
          what: 'intake with 200 rules, 50 silences and 20 windows, of that without',
          measured: ratio.toFixed(2),
          reach: '≥ 0.85',
          reached: ratio >= 0.85,
          beside: `${perSecond(rows('having'))} of ${perSecond(rows('without'))}`,
          raw: { ratio, with: rows('having'), without: rows('without'), statuses },
        },
      ];
    }),
  );

import { eventually, temporaryFolder } from '../../children';
import { launchProduct } from '../../product';
import type { Figure } from '../figure';
import { median } from '../numbers';
import { ENV } from '../product';
import { BODIES } from '../requests';

const ROUNDS = 3;
const WITHIN_MS = 30_000;

/** Time from the start of the process to the first alert answered 201: with an empty data folder, and on a second start. */
export async function measure(): Promise<Figure[]> {
  const empty: number[] = [];
  const existing: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { folder, remove } = temporaryFolder('bench');
    empty.push(await firstAlert(folder));
    existing.push(await firstAlert(folder));
    remove();
  }
  return [
    figure('process start → first accepted alert, existing data', existing, 2),
    figure('process start → first accepted alert, empty folder', empty, 6),
  ];
}

const seconds = (value: number): string => `${value.toFixed(2)} s`;

function figure(what: string, tries: readonly number[], reach: number): Figure {
  const middle = median(tries);
  return {
    what,
    measured: seconds(middle),
    reach: `≤ ${reach} s`,
    reached: middle <= reach,
    beside: tries.map(seconds).join(', '),
    raw: { seconds: tries },
  };
}

async function firstAlert(dataDir: string): Promise<number> {
  const product = await launchProduct({ env: ENV, dataDir });
  const headers = { 'X-API-Key': product.apiKey, 'Content-Type': 'application/json' };
  const body = JSON.stringify(BODIES.single('start', 0));
  const post = () =>
    fetch(`${product.url}/api/v1/alerts`, { method: 'POST', headers, body }).then(
      ({ status }) => (status === 201 ? performance.now() : undefined),
      () => undefined,
    );
  const acceptedAt = await eventually(post, { withinMs: WITHIN_MS, everyMs: 5 });
  const said = product.said();
  await product.stop();
  if (acceptedAt === undefined) throw new Error(`No alert was accepted within ${WITHIN_MS / 1_000} s: ${said}`);
  return (acceptedAt - product.startedAt) / 1_000;
}

import { fairTurns } from '../../kernel/async/fairTurns';
import { fakeClock } from '../../kernel/clock';
import { type Caller, systemCaller } from '../../kernel/ports/contract';
import type { Accepted, AlertReport } from '../contract';
import { receiver } from './receive';

const batch = (size: number): AlertReport[] =>
  Array.from({ length: size }, (_, n) => ({ service: 'web', severity: 'low', message: `Report ${n}` }) as AlertReport);
const key = (actor: string): Caller => ({ ...systemCaller('request'), kind: 'key', actor });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Batches that the intake takes, in their order; each stays in progress until it is ended. */
function harness() {
  const taken: { by: string; end(): void }[] = [];
  const takeAll = (_reports: unknown, { actor: by }: { actor: string }) =>
    new Promise<Accepted[]>((resolve) => taken.push({ by, end: () => resolve([]) }));
  const intake = { takeAll } as unknown as Parameters<typeof receiver>[0]['intake'];
  const changes = {} as Parameters<typeof receiver>[0]['changes'];
  const { all } = receiver({
    clock: fakeClock(),
    intake,
    changes,
    turns: fairTurns({ most: 64 * 1024, mostAlone: 64 * 1024 }),
  });
  return { taken, all, begun: () => taken.map(({ by }) => by) };
}

test('while another key sends, the batches of a key wait for each other, and the other key passes', async () => {
  const { taken, all, begun } = harness();
  const sent = [all(batch(100), key('noisy')), all(batch(1), key('quiet'))];
  await turn();
  sent.push(all(batch(100), key('noisy')), all(batch(1), key('quiet')));
  await turn();
  expect(begun()).toEqual(['noisy', 'quiet', 'quiet']);
  taken[0]?.end();
  await turn();
  expect(begun()).toEqual(['noisy', 'quiet', 'quiet', 'noisy']);
  for (const { end } of taken) end();
  await Promise.all(sent);
});

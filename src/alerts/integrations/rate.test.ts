import fc from 'fast-check';
import { fakeClock } from '../../kernel/clock';
import type { Problem } from '../../kernel/ports/problem';
import { rateLimit } from './rate';

const MINUTE = 60_000;

/** The instants of the accepted requests, and the refusal if the last one was refused. */
function run(perMinute: number, waits: readonly number[]) {
  const clock = fakeClock();
  const rate = rateLimit(clock);
  const taken: number[] = [];
  const take = (): number | null => {
    try {
      rate.take('one', perMinute);
      taken.push(clock.now().getTime());
      return null;
    } catch (problem) {
      return (problem as Problem).extra['retry_after_seconds'] as number;
    }
  };
  for (const wait of waits) {
    clock.advance(wait);
    take();
  }
  return { clock, take, taken };
}

const waits = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 });

test('twice the rate is never exceeded in any minute, and the rate not in a minute of its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), waits, (perMinute, steps) => {
      const { taken } = run(perMinute, steps);
      const most = Math.max(0, ...taken.map((at) => taken.filter((one) => one >= at && one < at + MINUTE).length));
      expect(most).toBeLessThanOrEqual(2 * perMinute);
    }),
  );
});

test('a request after the time of Retry-After is taken', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), waits, (perMinute, steps) => {
      const { clock, take } = run(perMinute, steps);
      const wait = take();
      if (wait === null) return;
      clock.advance(wait * 1_000);
      expect(take()).toBeNull();
    }),
  );
});

test('no rate means no limit', () => {
  const rate = rateLimit(fakeClock());
  for (let n = 0; n < 1_000; n++) rate.take('one', null);
});

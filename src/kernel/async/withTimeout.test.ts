import { TimeoutError, withTimeout } from './withTimeout';

const never = new Promise<never>(() => {});

test('the value of a promise that settles in time is returned', async () => {
  expect(await withTimeout(Promise.resolve(7), 60_000)).toBe(7);
});

test('the error of a promise that fails in time is thrown', async () => {
  await expect(withTimeout(Promise.reject(new Error('refused')), 60_000)).rejects.toThrow('refused');
});

test('a promise that does not settle in time is a TimeoutError', async () => {
  await expect(withTimeout(never, 1)).rejects.toThrow(new TimeoutError('Not finished within 1 ms.'));
});

test('onTimeout can abort the work', async () => {
  const work = new AbortController();
  await withTimeout(never, 1, (error) => work.abort(error)).catch(() => undefined);
  expect(work.signal.reason).toBeInstanceOf(TimeoutError);
});

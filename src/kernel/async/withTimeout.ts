/** A promise did not settle in time. */
export class TimeoutError extends Error {
  override name = 'TimeoutError';
}

/**
 * The value of `promise`, if it settles within `ms` milliseconds. The work behind the promise goes on; `onTimeout` may
 * abort it.
 * @throws TimeoutError if it does not settle in time, else what `promise` rejects with
 * @example const rows = await withTimeout(db.raw('select 1'), 2_000);
 */
export async function withTimeout<T>(
  promise: Promise<T>,
  ms: number,
  onTimeout?: (error: TimeoutError) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new TimeoutError(`Not finished within ${ms} ms.`);
      onTimeout?.(error);
      reject(error);
    }, ms).unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

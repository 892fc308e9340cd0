export interface Spread {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

/** The percentile of values. @param share between 0 and 1 @returns NaN without values */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Three percentiles of a list of milliseconds. */
export const spread = (values: readonly number[]): Spread => ({
  count: values.length,
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  max: percentile(values, 1),
});

/** Sends requests one after the other and returns their spread. A tenth as many are sent before as a warm-up. */
export async function timed(count: number, request: (n: number) => Promise<unknown>): Promise<Spread> {
  const times: number[] = [];
  for (let n = -Math.ceil(count / 10); n < count; n++) {
    const started = performance.now();
    await request(Math.abs(n));
    if (n >= 0) times.push(performance.now() - started);
  }
  return spread(times);
}

const digits = (value: number): string =>
  Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(Math.abs(value) < 100 ? 1 : 0);

export const ms = (value: number): string => `${digits(value)} ms`;
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
export const spreadText = ({ p50, p99 }: Pick<Spread, 'p50' | 'p99'>): string => `p50 ${ms(p50)}, p99 ${ms(p99)}`;

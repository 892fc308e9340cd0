/** Bodies of requests. Each number makes a different condition, so that nothing is deduplicated. */

const SERVICES = 100;
export const BATCH = 100;

export interface Alert {
  service: string;
  severity: string;
  message: string;
  labels: Record<string, string>;
}

export const alertOf = (run: string, n: number): Alert => ({
  service: `service-${n % SERVICES}`,
  severity: 'high',
  message: `Condition ${run}-${n}: error rate above 10 %`,
  labels: { environment: 'production', region: 'us-east-1' },
});

const apartOf = (run: string, n: number): Alert => ({ ...alertOf(run, n), service: `apart-${run}-${n}` });

export const BODIES = {
  single: (run: string, n: number) => alertOf(run, n),
  batch: (run: string, n: number) => ({ alerts: Array.from({ length: BATCH }, (_, i) => alertOf(run, n * BATCH + i)) }),
  /** Each alert opens its own incident. */
  apart: (run: string, n: number) => apartOf(run, n),
  batchApart: (run: string, n: number) => ({
    alerts: Array.from({ length: BATCH }, (_, i) => apartOf(run, n * BATCH + i)),
  }),
};

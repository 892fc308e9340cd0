/** What is sent. Every number makes a condition of its own, so that nothing is deduplicated. */

const SERVICES = 100;
export const BATCH = 100;

export const alertOf = (run, n) => ({
  service: `service-${n % SERVICES}`,
  severity: 'high',
  message: `Condition ${run}-${n}: error rate above 10 %`,
  labels: { environment: 'production', region: 'us-east-1' },
});

const apartOf = (run, n) => ({ ...alertOf(run, n), service: `apart-${run}-${n}` });

export const BODIES = {
  single: (run, n) => alertOf(run, n),
  batch: (run, n) => ({ alerts: Array.from({ length: BATCH }, (_, i) => alertOf(run, n * BATCH + i)) }),
  /** An incident of its own each. */
  apart: (run, n) => apartOf(run, n),
  batchApart: (run, n) => ({ alerts: Array.from({ length: BATCH }, (_, i) => apartOf(run, n * BATCH + i)) }),
};

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

/** A delivery of Alertmanager with so many conditions. */
export const alarmsOf = (run: string, n: number, count: number) => ({
  version: '4',
  groupKey: `{}:{run="${run}"}`,
  alerts: Array.from({ length: count }, (_, i) => {
    const { service, severity, message, labels } = alertOf(run, n * count + i);
    return {
      status: 'firing',
      fingerprint: `${run}-${n * count + i}`,
      labels: { ...labels, alertname: 'ErrorRate', service, severity },
      annotations: { summary: message },
      startsAt: new Date().toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
    };
  }),
});

export const BODIES = {
  single: (run: string, n: number) => alertOf(run, n),
  batch: (run: string, n: number) => ({ alerts: Array.from({ length: BATCH }, (_, i) => alertOf(run, n * BATCH + i)) }),
  webhook: (run: string, n: number) => alarmsOf(run, n, BATCH),
  /** Each alert opens its own incident. */
  apart: (run: string, n: number) => apartOf(run, n),
  batchApart: (run: string, n: number) => ({
    alerts: Array.from({ length: BATCH }, (_, i) => apartOf(run, n * BATCH + i)),
  }),
};

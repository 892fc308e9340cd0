import type { Ports } from '../ports';
import { HERE } from '../ui/times';

/** The report over all incidents of a span, and the address that asks for it. */
export type Report = Awaited<ReturnType<Ports['incidents']['analytics']>>;
export type Day = Report['days'][number];

export const SPANS = { week: 7, month: 30, quarter: 90 } as const;
export type Span = keyof typeof SPANS;

export interface View {
  span: Span;
  severity: string | null;
  service: string | null;
}

const isSpan = (text: string | undefined): text is Span => text !== undefined && Object.hasOwn(SPANS, text);

export const viewOf = (query: Record<string, string>): View => ({
  span: isSpan(query['span']) ? query['span'] : 'month',
  severity: query['severity'] || null,
  service: query['service'] || null,
});

export function hrefOf(view: View, change: Partial<View> = {}): string {
  const { span, severity, service } = { ...view, ...change };
  const query = new URLSearchParams();
  if (span !== 'month') query.set('span', span);
  if (severity !== null) query.set('severity', severity);
  if (service !== null) query.set('service', service);
  return query.size === 0 ? '/analytics' : `/analytics?${query}`;
}

export const isFiltered = ({ severity, service }: View): boolean => severity !== null || service !== null;

/** Whole days of the viewer's calendar, including today: the same query for a whole day. */
export function questionOf({ span, severity, service }: View, now: number) {
  const day = new Date(now);
  const midnight = (days: number) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).toISOString();
  return {
    from: midnight(1 - SPANS[span]),
    to: midnight(1),
    time_zone: HERE,
    ...(severity !== null && { severity }),
    ...(service !== null && { service }),
  };
}

/** The address of the same rows as a file. */
export const csvOf = (view: View, now: number, table: 'incidents' | 'days'): string =>
  `/api/v1/analytics/incidents?${new URLSearchParams({ ...questionOf(view, now), format: 'csv', table })}`;

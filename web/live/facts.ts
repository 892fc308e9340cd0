/** What the event stream tells, as GET /api/v1/events says it. */
export type Source = 'alerts' | 'incidents' | 'oncall' | 'notify' | 'gateway';

export interface LiveEvent {
  id: string;
  module: Source;
  kind: string;
  subject: string;
  actor: string;
  at: string;
  data: Record<string, unknown>;
}

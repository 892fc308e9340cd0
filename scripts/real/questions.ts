import { type Api, ask } from '../api';

interface Page {
  name: string;
}
export interface Incident {
  id: string;
  title: string;
  status: string;
  severity: string;
  description: string | null;
  assigned_to: string | null;
  alert_count: number;
  hidden_alerts: number;
  flapping: boolean;
  links: { kind: string; url: string }[];
  alerts: { firing: boolean }[];
  timeline: { event_type: string; actor: string; detail: { told: Page[] } }[];
}
export interface Alert {
  message: string;
  status: string;
  count: number;
  first_said: { message: string } | null;
  severity_note: string | null;
}
export interface Change {
  summary: string;
}
interface Notification {
  channel: string;
  status: string;
}

/** Reads of the API, with the fields that the checks need. */
export interface Questions {
  incidents(service: string): Promise<Incident[]>;
  incident(id: string): Promise<Incident>;
  alerts(incidentId: string): Promise<Alert[]>;
  changes(service: string): Promise<Change[]>;
  /** Recipients of the pages in the timeline, when each of these messages is sent or recorded. */
  paged(incidentId: string): Promise<string[]>;
}

/** Calls `find` until it returns a value or the time is over, prints the result, and returns the value for later checks. */
export type Check = <T>(claim: string, find: () => Promise<T | undefined>) => Promise<T | undefined>;

export function questions(api: Api): Questions {
  const get = <T>(path: string) => ask<T>(api, 'GET', path);
  const incident = (id: string) => get<Incident>(`/api/v1/incidents/${id}`);
  return {
    incident,
    incidents: async (service) =>
      (await get<{ incidents: Incident[] }>(`/api/v1/incidents?service=${service}`)).incidents,
    changes: async (service) => (await get<{ changes: Change[] }>(`/api/v1/changes?service=${service}`)).changes,
    alerts: async (id) => (await get<{ alerts: Alert[] }>(`/api/v1/alerts?incident_id=${id}`)).alerts,
    async paged(id) {
      const pages = (await incident(id)).timeline.flatMap((entry) =>
        entry.event_type === 'paged' ? entry.detail.told : [],
      );
      const path = `/api/v1/notifications?incident_id=${id}`;
      const { notifications } = await get<{ notifications: Notification[] }>(path);
      const done = notifications.filter(({ channel, status }) => status === (channel === 'mock' ? 'recorded' : 'sent'));
      return done.length === pages.length ? pages.map(({ name }) => name).sort() : [];
    },
  };
}

/** `value` if the condition holds; otherwise undefined, and the check is repeated. */
export function when(fact: boolean): true | undefined;
export function when<T>(fact: boolean, value: T): T | undefined;
export function when(fact: boolean, value: unknown = true): unknown {
  return fact ? value : undefined;
}

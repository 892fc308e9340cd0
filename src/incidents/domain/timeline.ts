import type { Severity } from '../../kernel/ports/values';
import type { AlertSnapshot, EVENT_TYPES } from '../contract';

/** What is written when an incident opens, and the words it is written in. */

/** Somebody an incident is assigned to; without an address nobody can page them. */
export interface Assignee {
  name: string;
  email: string | null;
  /** Oncall could not be asked whom the name means; a job asks again. */
  unverified?: boolean;
  /** Several people have this name, and nothing decides between them. */
  candidates?: { name: string; email: string; teams: string[] }[] | undefined;
}

/** What an incident keeps of the alert that its title follows. */
export interface Context {
  alert_id: string;
  description: string | null;
  links: NonNullable<AlertSnapshot['links']>;
}

export const contextOf = ({ id, description, links }: AlertSnapshot): Context => ({
  alert_id: id,
  description: description ?? null,
  links: links ?? [],
});

export interface Opening {
  id: string;
  title: string;
  service: string;
  severity: Severity;
  team: string | null;
  assignee: Assignee | null;
  /** Alerts it opens with. */
  alertCount: number;
  /** Of the alert that opened it. */
  context?: Context;
  at: Date;
}

export interface Entry {
  incidentId: string;
  eventType: (typeof EVENT_TYPES)[number];
  actor: string;
  detail: Record<string, unknown>;
  at: Date;
}

const TITLE_LENGTH = 120;
const PREVIEW_LENGTH = 100;

/** The first `count` characters as people count them: a pair of surrogates is never cut in two. */
export const firstOf = (text: string, count: number): string => [...text.slice(0, 2 * count)].slice(0, count).join('');

export const titleOf = ({ severity, service, message }: Pick<AlertSnapshot, 'severity' | 'service' | 'message'>) =>
  `[${severity.toUpperCase()}] ${service}: ${firstOf(message, TITLE_LENGTH)}`;

/** A title as messages begin with it: led by the severity. */
export const headlineOf = ({ title, severity }: { title: string; severity: Severity }): string =>
  title.startsWith('[') ? title : `[${severity.toUpperCase()}] ${title}`;

export const previewOf = (note: string): string => firstOf(note, PREVIEW_LENGTH);

/** The first lines of a new timeline. */
export function openingEntries({ id, title, severity, assignee, at }: Opening, actor: string): Entry[] {
  const name = assignee?.name ?? null;
  const created: Entry = {
    incidentId: id,
    eventType: 'created',
    actor,
    detail: { title, severity, assigned_to: name },
    at,
  };
  if (assignee === null) return [created];
  return [created, { incidentId: id, eventType: 'assigned', actor, detail: assignedDetail(assignee), at }];
}

const assignedDetail = (assignee: Assignee): Record<string, unknown> => ({
  assigned_to: assignee.name,
  ...reachability(assignee),
});

/** Says so where an assignee is text that names nobody we could page. */
export const reachability = ({ email, unverified = false }: Assignee): Record<string, unknown> =>
  email === null && !unverified ? { reachable: false, reason: 'unknown_person' } : {};

/** The same, said later: whom the text means could not be asked when it was given. */
export const unknownEntry = (incidentId: string, name: string, at: Date): Entry => ({
  incidentId,
  eventType: 'assigned',
  actor: 'system',
  detail: assignedDetail({ name, email: null }),
  at,
});

export const correlatedEntry = (incidentId: string, alert: AlertSnapshot, actor: string, at: Date): Entry => ({
  incidentId,
  eventType: 'alert_correlated',
  actor,
  detail: { alert_id: alert.id, fingerprint: alert.fingerprint },
  at,
});

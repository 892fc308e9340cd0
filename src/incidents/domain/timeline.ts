import type { Severity } from '../../kernel/ports/values';
import type { AlertSnapshot, EVENT_TYPES } from '../contract';
import type { Routing } from './routing';

/** A new incident, the entries of its timeline, and their texts. */

/** The assignee of an incident; without an address they cannot be paged. */
export interface Assignee {
  name: string;
  email: string | null;
  /** Oncall was not asked, or did not answer, which person the name means; a job asks again. */
  unverified?: boolean;
  /** People with this name, if there are several and the team does not decide. */
  candidates?: { name: string; email: string; teams: string[] }[] | undefined;
}

/** The fields that an incident stores of the alert that its title follows. */
export interface Context {
  alert_id: string;
  description: string | null;
  links: NonNullable<AlertSnapshot['links']>;
}

/** The context of an incident that this alert opens. */
export const contextOf = ({ id, description, links }: AlertSnapshot): Context => ({
  alert_id: id,
  description: description ?? null,
  links: links ?? [],
});

/** An incident that is about to be opened. */
export interface Opening {
  id: string;
  title: string;
  service: string;
  severity: Severity;
  team: string | null;
  assignee: Assignee | null;
  /** How many alerts it opens with. */
  alertCount: number;
  /** From the alert that opens it; absent if a person does. */
  context?: Context;
  /** Where a rule or the source sends it; absent: to the owner of the service. */
  routing?: Routing | null;
  /** The rule because of which no one is paged. */
  notPagedBy?: string | null;
  at: Date;
}

/** A new entry of a timeline. */
export interface Entry {
  incidentId: string;
  eventType: (typeof EVENT_TYPES)[number];
  actor: string;
  detail: Record<string, unknown>;
  at: Date;
}

const TITLE_LENGTH = 120;
const PREVIEW_LENGTH = 100;

/** The first `count` characters; a surrogate pair counts as one character and is never cut. */
export const firstOf = (text: string, count: number): string => [...text.slice(0, 2 * count)].slice(0, count).join('');

/** The title of an incident that an alert opens. */
export const titleOf = ({ severity, service, message }: Pick<AlertSnapshot, 'severity' | 'service' | 'message'>) =>
  `[${severity.toUpperCase()}] ${service}: ${firstOf(message, TITLE_LENGTH)}`;

/** A title as messages show it: with the severity in front. */
export const headlineOf = ({ title, severity }: { title: string; severity: Severity }): string =>
  title.startsWith('[') ? title : `[${severity.toUpperCase()}] ${title}`;

/** The beginning of a note, for its timeline entry. */
export const previewOf = (note: string): string => firstOf(note, PREVIEW_LENGTH);

/** The first entries of a new timeline. */
export function openingEntries(opening: Opening, actor: string): Entry[] {
  const { id, title, severity, assignee, at } = opening;
  const name = assignee?.name ?? null;
  const created: Entry = {
    incidentId: id,
    eventType: 'created',
    actor,
    detail: { title, severity, assigned_to: name, ...routedDetail(opening) },
    at,
  };
  if (assignee === null) return [created];
  return [created, { incidentId: id, eventType: 'assigned', actor, detail: assignedDetail(assignee), at }];
}

/** The route of an incident, if a rule or the source set one, and why no one is paged. */
function routedDetail({ routing = null, notPagedBy = null }: Opening): Record<string, unknown> {
  const { team = null, policy = null, by = null } = routing ?? {};
  const routed = team !== null || policy !== null;
  return { ...(routed && { route: { team, policy, by } }), ...(notPagedBy !== null && { not_paged_by: notPagedBy }) };
}

const assignedDetail = (assignee: Assignee): Record<string, unknown> => ({
  assigned_to: assignee.name,
  ...reachability(assignee),
});

/** Marks an assignee that matches no person, who cannot be paged; empty for any other assignee. */
export const reachability = ({
  email,
  unverified = false,
}: Pick<Assignee, 'email' | 'unverified'>): Record<string, unknown> =>
  email === null && !unverified ? { reachable: false, reason: 'unknown_person' } : {};

/** The same mark as an entry of its own, for an assignee that oncall could check only later. */
export const unknownEntry = (incidentId: string, name: string, at: Date): Entry => ({
  incidentId,
  eventType: 'assigned',
  actor: 'system',
  detail: assignedDetail({ name, email: null }),
  at,
});

/** The entry of an alert that was attached. */
export const correlatedEntry = (incidentId: string, alert: AlertSnapshot, actor: string, at: Date): Entry => ({
  incidentId,
  eventType: 'alert_correlated',
  actor,
  detail: { alert_id: alert.id, fingerprint: alert.fingerprint },
  at,
});

import type { z } from 'zod';
import type { AlertSnapshot, IncidentsContract, incidentsContract } from '../../incidents/contract';
import { TimeoutError, withTimeout } from '../../kernel/async/withTimeout';
import { sendInBatches } from '../../kernel/ports/batches';
import type { Port } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import { higher, type Rise, type SavedCaller } from '../domain';
import { groupText } from '../rules/groupKey';
import { descriptionOf, linksOf } from '../search/links';
import type { AlertRow } from '../store/alerts';
import { callerOf } from './caller';

/** The answer of incidents for one alert. */
export type Attached = z.output<(typeof incidentsContract)['attach']['output']>['results'][number];
/** Answers by the ids of alerts. */
export type Answers = ReadonlyMap<string, Attached>;

/** An alert to attach, and the rise of its severity that a job recorded. */
interface Attachable {
  alert: AlertRow;
  rise?: Rise | undefined;
  flapping?: boolean;
}

/** The client of incidents' `attach`, with a deadline and a short memory of its answers. */
export interface Correlation {
  /** @throws Problem `unavailable` if incidents does not answer within the deadline */
  ask(alerts: readonly Attachable[], by: SavedCaller): Promise<Answers>;
  /**
   * True for 5 s after incidents missed a deadline, or until it answers. Requests do not ask incidents during that time,
   * so that their clients need not wait. Jobs still ask.
   */
  silent(): boolean;
  /**
   * The incident that recently took an alert of the same group, or null. Alerts are stored with it, so that in
   * a storm no link has to be saved if incidents confirms it. If incidents answers another incident, that one is saved.
   */
  expected(of: Grouped): string | null;
}

export const ATTACH_DEADLINE_MS = 2_000;
const SILENT_FOR_MS = 5_000;
const EXPECTED_FOR_MS = 5_000;
const MAX_EXPECTED = 10_000;

/**
 * An alert as incidents gets it. Incidents does not validate it again in the same process (`inputIsBuilt`), so every field
 * must be valid as it is. A rise carries its revision, with which incidents applies it once, in any order of delivery.
 */
function snapshotOf({ alert, rise, flapping }: Attachable): AlertSnapshot {
  const raised = raisedOf(alert, rise);
  const context = alert.context === null ? {} : contextOf(alert);
  const revision = alert.revision > 0 && { revision: alert.revision };
  const routing = alert.routing !== null && { routing: alert.routing };
  return { ...plainOf(alert), ...context, ...revision, ...raised, ...routing, ...(flapping && { flapping }) };
}

function raisedOf({ severity, raised_to, revision }: AlertRow, rise: Rise | undefined): Pick<AlertSnapshot, 'raised'> {
  if (raised_to === null && rise === undefined) return {};
  const latest = raised_to === null ? (rise?.revision ?? 0) : revision;
  const to = [raised_to, rise?.to ?? null].reduce(higher, severity) as AlertSnapshot['severity'];
  return { raised: { revision: Math.max(latest, rise?.revision ?? 0), to } };
}

function contextOf({ message, labels, context }: AlertRow): Pick<AlertSnapshot, 'description' | 'links'> {
  const description = descriptionOf(message, context);
  const links = linksOf(labels, context);
  return { ...(description !== null && { description }), ...(links.length > 0 && { links }) };
}

const plainOf = (alert: AlertRow): AlertSnapshot => ({
  id: alert.id,
  service: alert.service,
  severity: alert.severity,
  message: alert.message,
  source: alert.source,
  labels: alert.labels,
  fingerprint: alert.fingerprint,
  timestamp: alert.timestamp.toISOString(),
  created_at: alert.created_at.toISOString(),
});

const MAX_BATCH = 1_000;
/** Field names, ids and instants of a snapshot. */
const FRAME_BYTES = 600;
/** Most bytes of one UTF-16 unit in UTF-8. JSON escapes can take more; incidents then refuses the batch, and it is halved. */
const BYTES_PER_UNIT = 3;

/** Upper estimate of a snapshot's bytes in JSON, without serialising it. */
function bytesOf({ service, message, source, labels, description, links }: AlertSnapshot): number {
  let units = service.length + message.length + source.length + (description?.length ?? 0);
  for (const { url } of links ?? []) units += url.length + 32;
  for (const [name, value] of Object.entries(labels)) units += name.length + String(value).length + 6;
  return FRAME_BYTES + units * BYTES_PER_UNIT;
}

const SHORT_MESSAGE = 200;
/** A form that incidents takes if the alert alone is too large: every alert must be attached. */
const shrink = ({ description: _, links: __, ...snapshot }: AlertSnapshot): AlertSnapshot => ({
  ...snapshot,
  message: snapshot.message.slice(0, SHORT_MESSAGE).toWellFormed(),
  labels: {},
});

type Grouped = Pick<AlertRow, 'service' | 'severity' | 'raised_to' | 'routing'>;

/** The group of an alert. Incidents adds the owner of the service; this module, which does not know it, adds the service. */
function keyOf({ service, severity, raised_to, routing }: Grouped): string {
  const counts = raised_to ?? severity;
  if (routing === null) return `${counts}|${service}`;
  const text = groupText(routing, { service, severity: counts });
  return routing.per_owner ? `${text}|${service}` : text;
}

/** @param deadlineMs how long one call of incidents takes at most */
export function createCorrelation(incidents: Port<IncidentsContract>, deadlineMs = ATTACH_DEADLINE_MS): Correlation {
  let silentUntil = 0;
  const latest = new Map<string, { incidentId: string; until: number }>();

  function remember(alerts: readonly Attachable[], answers: Answers): void {
    const until = performance.now() + EXPECTED_FOR_MS;
    if (latest.size > MAX_EXPECTED) latest.clear();
    for (const { alert } of alerts) {
      const { result, incident_id } = answers.get(alert.id) ?? {};
      if (result === 'ended' || incident_id === undefined) latest.delete(keyOf(alert));
      else latest.set(keyOf(alert), { incidentId: incident_id, until });
    }
  }

  async function withinDeadline<T>(answer: Promise<T>): Promise<T> {
    try {
      return await withTimeout(answer, deadlineMs);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      silentUntil = performance.now() + SILENT_FOR_MS;
      throw unavailable('Incidents did not answer in time.');
    }
  }

  return {
    async ask(alerts, by) {
      const results = await sendInBatches(alerts.map(snapshotOf), {
        bytesOf,
        most: MAX_BATCH,
        shrink,
        send: async (batch) => (await withinDeadline(incidents.attach({ alerts: batch }, callerOf(by)))).results,
      });
      silentUntil = 0;
      const answers = new Map(results.map((result) => [result.alert_id, result]));
      remember(alerts, answers);
      return answers;
    },
    expected(of) {
      const known = latest.get(keyOf(of));
      return known === undefined || known.until < performance.now() ? null : known.incidentId;
    },
    silent: () => performance.now() < silentUntil,
  };
}

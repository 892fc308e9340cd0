import type { z } from 'zod';
import type { AlertSnapshot, IncidentsContract, incidentsContract } from '../../incidents/contract';
import { TimeoutError, withTimeout } from '../../kernel/async/withTimeout';
import { sendInBatches } from '../../kernel/ports/batches';
import type { Caller, Port } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import { higher } from '../domain';
import { descriptionOf, linksOf } from '../search/links';
import type { AlertRow, Rise, SavedCaller } from '../store/alerts';

/** Asking incidents, within a deadline, and remembering when it keeps silent. */

export type Attached = z.output<(typeof incidentsContract)['attach']['output']>['results'][number];

export interface Correlation {
  /** @throws Problem `unavailable` when incidents does not answer within the deadline */
  ask(alerts: readonly AlertRow[], by: SavedCaller, rises?: ReadonlyMap<string, Rise>): Promise<Map<string, Attached>>;
  /**
   * True after incidents let a deadline pass, until it answers again: who answers a client then does not wait for it.
   * The jobs go on asking; should there be none, the client's next request asks after a while.
   */
  silent(): boolean;
  /**
   * The incident that took the last alerts of a service and severity, if incidents said so just now. Alerts are stored
   * with it, so that in a storm nothing is to be written when incidents confirms it; where it answers another incident,
   * that one counts.
   */
  expected(of: Pick<AlertRow, 'service' | 'severity' | 'raised_to'>): string | null;
}

export const ATTACH_DEADLINE_MS = 2_000;
const SILENT_FOR_MS = 5_000;
const EXPECTED_FOR_MS = 5_000;
const EXPECTED_AT_MOST = 10_000;

/**
 * An alert as incidents is to see it. A rise is sent with the revision that brought it: incidents heeds it once, in
 * whatever order the jobs deliver it.
 */
function snapshotOf(alert: AlertRow, rise: Rise | undefined): AlertSnapshot {
  const raised = riseOf(alert, rise);
  const context = alert.context === null ? {} : beside(alert);
  return { ...plainOf(alert), ...context, ...(alert.revision > 0 && { revision: alert.revision }), ...raised };
}

function riseOf({ severity, raised_to, revision }: AlertRow, rise: Rise | undefined): Pick<AlertSnapshot, 'raised'> {
  if (raised_to === null && rise === undefined) return {};
  const latest = raised_to === null ? (rise?.revision ?? 0) : revision;
  const to = [raised_to, rise?.to ?? null].reduce(higher, severity) as AlertSnapshot['severity'];
  return { raised: { revision: Math.max(latest, rise?.revision ?? 0), to } };
}

function beside({ message, labels, context }: AlertRow): Pick<AlertSnapshot, 'description' | 'links'> {
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

const MOST_AT_ONCE = 1_000;
/** Names of fields, ids and instants of a snapshot. */
const FRAME_BYTES = 600;
/** What one UTF-16 unit of a text takes at most in UTF-8; escapes may take more, and then the batch is halved. */
const BYTES_PER_UNIT = 3;

/** Upper estimate, without writing the snapshot out. */
function bytesOf({ service, message, source, labels, description, links }: AlertSnapshot): number {
  let units = service.length + message.length + source.length + (description?.length ?? 0);
  for (const { url } of links ?? []) units += url.length + 32;
  for (const [name, value] of Object.entries(labels)) units += name.length + String(value).length + 6;
  return FRAME_BYTES + units * BYTES_PER_UNIT;
}

const SHORT_MESSAGE = 200;
/** An alert whose labels a neighbour does not take is attached without them, because it must be attached. */
const shrink = ({ description: _, links: __, ...snapshot }: AlertSnapshot): AlertSnapshot => ({
  ...snapshot,
  message: snapshot.message.slice(0, SHORT_MESSAGE).toWellFormed(),
  labels: {},
});

const keyOf = ({ service, severity, raised_to }: Pick<AlertRow, 'service' | 'severity' | 'raised_to'>): string =>
  `${raised_to ?? severity}|${service}`;

/** Who reported, speaking to incidents. Its key makes our command repeatable, not the one to incidents. */
export const callerOf = (by: SavedCaller): Caller => ({ ...by, role: null, email: null });

export const saved = ({ actor, kind, requestId }: Caller): SavedCaller => ({ actor, kind, requestId });

export function createCorrelation(incidents: Port<IncidentsContract>, deadlineMs = ATTACH_DEADLINE_MS): Correlation {
  let silentUntil = 0;
  const latest = new Map<string, { incidentId: string; until: number }>();

  function remember(alerts: readonly AlertRow[], answers: ReadonlyMap<string, Attached>): void {
    const until = performance.now() + EXPECTED_FOR_MS;
    if (latest.size > EXPECTED_AT_MOST) latest.clear();
    for (const alert of alerts) {
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
    async ask(alerts, by, rises) {
      const snapshots = alerts.map((alert) => snapshotOf(alert, rises?.get(alert.id)));
      const results = await sendInBatches(snapshots, {
        bytesOf,
        most: MOST_AT_ONCE,
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

import { minutes } from '../../kernel/clock';
import type { Service } from '../../kernel/ports/contract';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { searchOf } from '../domain/search';
import { knownId, notFound } from '../records/incidentId';
import { alertsOf, correlatable, findIncident, type LinkRow } from '../store/reads';
import { searchIncidents } from '../store/search';
import { notesOf, type TimelineRow, timelineOf } from '../store/timeline';
import { countsOf, meansOf } from '../store/totals';

const ALERTS_SHOWN = 200;
const ENTRIES_SHOWN = 1_000;
const NOTES_SHOWN = 1_000;

type Queries = Pick<Service<IncidentsContract>, 'list' | 'get' | 'metrics' | 'timeline' | 'statsSummary' | 'findOpen'>;

/** The operations that read incidents. */
export function createQueries({ db, clock }: Pick<Deps, 'db' | 'clock'>): Queries {
  async function requireIncident(text: string): Promise<Incident> {
    const incident = await findIncident(db, knownId(text));
    if (incident === null) throw notFound();
    return incident;
  }

  return {
    async list({ page, per_page, sort, order, ...query }, caller) {
      const found = await searchIncidents(
        db,
        searchOf(query, caller),
        { by: sort, direction: order },
        { page, per_page },
      );
      return { ...found, page, per_page };
    },

    async get({ id }) {
      const incident = await requireIncident(id);
      const [alerts, notes, timeline] = await Promise.all([
        alertsOf(db, incident.id, ALERTS_SHOWN),
        notesOf(db, incident.id, NOTES_SHOWN),
        timelineOf(db, incident.id, ENTRIES_SHOWN),
      ]);
      return {
        ...incident,
        alerts: alerts.rows.map((row) => linkedAlertOf(row, resolutionOf(incident, timeline.rows))),
        alerts_total: alerts.total,
        alerts_firing: alerts.firing,
        notes: notes.map((note) => ({ ...note, created_at: note.created_at.toISOString() })),
        timeline: timeline.rows.map(toEntry),
      };
    },

    async metrics({ id }) {
      const { id: incident_id, mtta_seconds, mttr_seconds, status, ...rest } = await requireIncident(id);
      const { created_at, acknowledged_at, resolved_at } = rest;
      return { incident_id, mtta_seconds, mttr_seconds, status, created_at, acknowledged_at, resolved_at };
    },

    async timeline({ id }) {
      const incident = await requireIncident(id);
      const { total, rows } = await timelineOf(db, incident.id, ENTRIES_SHOWN);
      return { incident_id: incident.id, total, timeline: rows.map(toEntry) };
    },

    async statsSummary() {
      const [counts, { mttaMs, mttrMs }] = await Promise.all([countsOf(db), meansOf(db)]);
      return { ...counts, avg_mtta_seconds: tenths(mttaMs), avg_mttr_seconds: tenths(mttrMs) };
    },

    async findOpen({ service, severity, window_minutes }) {
      const since = new Date(clock.now().getTime() - minutes(window_minutes));
      return { incident_id: await correlatable(db, { service, severity }, since) };
    },
  };
}

/** Milliseconds as seconds with one decimal. */
const tenths = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 100) / 10);

type LinkedAlert = Awaited<ReturnType<Queries['get']>>['alerts'][number];

/** The actor and the time of a resolution; null while the incident is not resolved. */
function resolutionOf(
  { resolved_at }: Incident,
  timeline: readonly TimelineRow[],
): NonNullable<LinkedAlert['incident_state']> | null {
  if (resolved_at === null) return null;
  const resolved = timeline.findLast(({ event_type }) => event_type === 'resolved');
  return { status: 'resolved', resolved_by: resolved?.actor ?? 'unknown', resolved_at };
}

function linkedAlertOf(
  { snapshot, incident_id, firing, ended_with_incident, ended_at }: LinkRow,
  resolution: LinkedAlert['incident_state'],
): LinkedAlert {
  return {
    ...snapshot,
    description: snapshot?.description ?? null,
    links: snapshot?.links ?? [],
    incident_id,
    firing,
    ended_at: firing ? null : (ended_at?.toISOString() ?? null),
    incident_state: ended_with_incident ? resolution : null,
  };
}

type Entry = Awaited<ReturnType<Queries['timeline']>>['timeline'][number];

const toEntry = ({ id, event_type, actor, detail, created_at }: TimelineRow): Entry => ({
  id,
  event_type: event_type as Entry['event_type'],
  actor,
  detail,
  created_at: created_at.toISOString(),
});

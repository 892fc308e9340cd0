import type { Clock } from '../../kernel/clock';
import { days } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { Alert, AlertsContract } from '../contract';
import { type Counter, DELAY } from '../domain/holds';
import type { Intake } from '../intake/intake';
import { type AlertRow, byId } from '../store/alerts';
import { flappingAmong } from '../store/flapping';
import { historyOf } from '../store/history';
import { countersOf } from '../store/holds';
import { resolutionsOf } from '../store/resolutions';
import {
  AFFECTED,
  countFound,
  FLAPPING,
  facetsOf,
  INCIDENT_RESOLVED,
  labelsIn,
  MUTED,
  countersOf as numbersOf,
  reportsOf,
  type Search,
  searchAlerts,
  WAITING,
} from '../store/search';
import { presentHistory } from './history';
import { presentAlert } from './present';

export interface QueryDeps {
  db: Db;
  clock: Clock;
  linksSaved: Intake['linksSaved'];
}

type AlertQueries = Pick<Service<AlertsContract>, 'list' | 'get' | 'facets' | 'stats' | 'reports'>;
type Filters = Omit<Parameters<AlertQueries['facets']>[0], never>;

const searchOf = ({ label, ...search }: Filters): Search => ({
  ...search,
  ...(label !== undefined && { labels: labelsIn(label) ?? [] }),
});

/** Alerts as the API returns them, in the order of the rows. */
export async function presentAlerts(db: Db, rows: readonly AlertRow[], now: Date): Promise<Alert[]> {
  const firing = rows.flatMap(({ status, incident_id: id }) => (status === 'firing' && id !== null ? [id] : []));
  const resolutions = await resolutionsOf(db, [...new Set(firing)]);
  const counters = await countersOfAlerts(db, rows);
  const flapping = await flappingAmong(
    db,
    rows.map(({ fingerprint }) => fingerprint),
  );
  return rows.map((row) =>
    presentAlert(row, now, {
      resolution: resolutions.get(row.incident_id ?? ''),
      counter: counters.get(row.hold_key ?? ''),
      flapping: flapping.has(row.fingerprint),
    }),
  );
}

/** The counters that these alerts wait for. */
async function countersOfAlerts(db: Db, rows: readonly AlertRow[]): Promise<Map<string, Counter>> {
  const keys = rows.flatMap(({ status, hold_key: key }) =>
    status === 'firing' && key !== null && key !== DELAY ? [key] : [],
  );
  return countersOf(db, [...new Set(keys)]);
}

/** Operations that read alerts: list, facets, counters, one alert and its history. */
export function alertQueries({ db, clock, linksSaved }: QueryDeps): AlertQueries {
  async function alertOf(text: string): Promise<AlertRow> {
    await linksSaved();
    const id = idOf(text);
    const [row] = id === null ? [] : await byId(db, [id]);
    if (!row) throw new Problem('not-found', 'Alert not found');
    return row;
  }

  return {
    async list({ page, per_page, sort, order, ...filters }) {
      await linksSaved();
      const place = { limit: per_page, offset: (page - 1) * per_page };
      const { total, rows } = await searchAlerts(db, searchOf(filters), { by: sort, direction: order }, place);
      return { total, page, per_page, alerts: await presentAlerts(db, rows, clock.now()) };
    },

    get: async ({ alert_id }) => (await presentAlerts(db, [await alertOf(alert_id)], clock.now()))[0] as Alert,

    async facets(filters) {
      const search = searchOf(filters);
      const [facets, firing_incident_resolved, firing_waiting, firing_affected, firing_muted, firing_flapping] =
        await Promise.all([
          facetsOf(db, search),
          countFound(db, { ...search, status: INCIDENT_RESOLVED }),
          countFound(db, { ...search, status: WAITING }),
          countFound(db, { ...search, status: AFFECTED }),
          countFound(db, { ...search, status: MUTED }),
          countFound(db, { ...search, status: FLAPPING }),
        ]);
      return { ...facets, firing_incident_resolved, firing_waiting, firing_affected, firing_muted, firing_flapping };
    },

    async stats() {
      const { since, ...counters } = await numbersOf(db, new Date(clock.now().getTime() - days(1)));
      return { ...counters, last_24h: since };
    },

    async reports({ alert_id }) {
      const alert = await alertOf(alert_id);
      const [rows, events] = await Promise.all([reportsOf(db, alert.id), historyOf(db, alert.id)]);
      const history = presentHistory(alert, events);
      const { severity, message } = alert.first_said ?? alert;
      return {
        alert_id: alert.id,
        total: alert.count,
        first: {
          at: alert.created_at.toISOString(),
          reported_by: alert.reported_by,
          integration_id: alert.integration_id,
          severity,
          message,
        },
        texts: history.flatMap(({ kind, payload: _, reported_by, ...text }) =>
          kind === 'changed' && reported_by !== null ? [{ ...text, reported_by }] : [],
        ),
        history,
        reports: rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() })),
      };
    },
  };
}

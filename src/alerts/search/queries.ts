import type { Clock } from '../../kernel/clock';
import { days } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { Alert, AlertsContract } from '../contract';
import type { Intake } from '../intake/intake';
import { type AlertRow, byId } from '../store/alerts';
import { resolutionsOf } from '../store/resolutions';
import {
  countersOf,
  countFound,
  facetsOf,
  INCIDENT_RESOLVED,
  labelsIn,
  reportsOf,
  type Search,
  searchAlerts,
  textsOf,
} from '../store/search';
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
export async function presentAlerts(db: Db, rows: readonly AlertRow[]): Promise<Alert[]> {
  const firing = rows.flatMap(({ status, incident_id: id }) => (status === 'firing' && id !== null ? [id] : []));
  const resolutions = await resolutionsOf(db, [...new Set(firing)]);
  return rows.map((row) => presentAlert(row, resolutions.get(row.incident_id ?? '')));
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
      return { total, page, per_page, alerts: await presentAlerts(db, rows) };
    },

    get: async ({ alert_id }) => (await presentAlerts(db, [await alertOf(alert_id)]))[0] as Alert,

    async facets(filters) {
      const search = searchOf(filters);
      const [facets, firing_incident_resolved] = await Promise.all([
        facetsOf(db, search),
        countFound(db, { ...search, status: INCIDENT_RESOLVED }),
      ]);
      return { ...facets, firing_incident_resolved };
    },

    async stats() {
      const { since, ...counters } = await countersOf(db, new Date(clock.now().getTime() - days(1)));
      return { ...counters, last_24h: since };
    },

    async reports({ alert_id }) {
      const alert = await alertOf(alert_id);
      const [rows, texts] = await Promise.all([reportsOf(db, alert.id), textsOf(db, alert.id)]);
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
        texts: texts.map(({ at, context, ...text }) => ({
          ...text,
          at: at.toISOString(),
          annotations: context?.annotations ?? {},
        })),
        reports: rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() })),
      };
    },
  };
}

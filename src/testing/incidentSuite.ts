import { randomUUID } from 'node:crypto';
import type { AlertSnapshot, Status } from '../incidents/contract';
import { someone } from './http';
import { type IncidentsHarness, incidentsHarness, machine } from './incidents';

/** The set-up that tests of incidents share: the life of a harness, and the actions that most of them repeat. */

type Options = NonNullable<Parameters<typeof incidentsHarness>[0]>;

/**
 * Creates a harness for a whole file or for each test, and drops it afterwards. The returned object always forwards to
 * the present harness, so it can be kept in a constant.
 */
export function incidentSuite({ every, ...options }: Options & { every: 'file' | 'test' }): IncidentsHarness {
  let current: IncidentsHarness | undefined;
  const create = async () => {
    current = await incidentsHarness(options);
  };
  const drop = async () => current?.end();
  if (every === 'file') {
    beforeAll(create);
    afterAll(drop);
  } else {
    beforeEach(create);
    afterEach(drop);
  }
  return new Proxy({} as IncidentsHarness, {
    get(_, name) {
      if (current === undefined) throw new Error('The harness exists only while a test or a hook runs.');
      return Reflect.get(current, name);
    },
  });
}

/** Actions of a person (`maria`) and of a source, on the incidents of a harness. */
export const incidentActions = (harness: IncidentsHarness) => ({
  /** Reads an incident with its alerts, notes and timeline. */
  incident: (id: string) => harness.port.get({ id }, someone()),

  setStatus: (id: string, status: Exclude<Status, 'open'>) => harness.port.update({ id, status }, someone()),

  /** Attaches alerts, and returns their results. */
  attach: async (...alerts: AlertSnapshot[]) => (await harness.port.attach({ alerts }, machine())).results,

  /** Ends alerts at their source now, and returns their results. */
  endAlerts: async (...ids: string[]) => {
    const ended_at = harness.clock.now().toISOString();
    const alerts = ids.map((alert_id) => ({ alert_id, ended_at }));
    return (await harness.port.alertsEnded({ alerts }, machine('alertmanager'))).results;
  },

  /** The details of the timeline entries of one type, oldest first. */
  detailsOf: async (id: string, type: string) =>
    (await harness.port.timeline({ id }, someone())).timeline.flatMap(({ event_type, detail }) =>
      event_type === type ? [detail] : [],
    ),
});

/** Inserts the row of an incident without a history, for tests of queries. Returns its id. */
export async function storedIncident(
  { db }: IncidentsHarness,
  { status = 'open', created_at = '2026-01-05T09:00:00.000Z', ...fields }: Record<string, unknown> = {},
): Promise<string> {
  const id = randomUUID();
  await db('incidents').insert({
    id,
    title: 'Checkout is slow',
    service: 'checkout',
    severity: 'high',
    status,
    created_at,
    updated_at: created_at,
    acknowledged_at: status === 'open' ? null : created_at,
    resolved_at: status === 'resolved' ? created_at : null,
    ...fields,
  });
  return id;
}

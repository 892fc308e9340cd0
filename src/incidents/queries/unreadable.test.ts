import { someone } from '../../testing/http';
import { incidentSuite } from '../../testing/incidentSuite';
import { alertOf, openedBy } from '../../testing/incidents';

/** Rows that do not fit the contract, for example after a manual change of the database. */

const harness = incidentSuite({ every: 'test' });

const get = (id: string) => harness.port.get({ id }, someone());
const counted = async (operation: string): Promise<number> =>
  Number(
    new RegExp(`^tocsin_unreadable_rows_total\\{module="incidents",operation="${operation}"\\} (\\d+)$`, 'm').exec(
      await harness.registry.metrics(),
    )?.[1] ?? 0,
  );

test('an incident is shown without a timeline entry that cannot be read', async () => {
  const id = await openedBy(harness);
  const before = await get(id);
  await harness.database.db.raw(
    `insert into incident_timeline (incident_id, event_type, detail) values (?, 'assigned', '"no object"')`,
    [id],
  );
  expect((await get(id)).timeline).toEqual(before.timeline);
  expect(await counted('get')).toBe(1);
  const { total, timeline } = await harness.port.timeline({ id }, someone());
  expect([total, timeline.length]).toEqual([before.timeline.length + 1, before.timeline.length]);
});

test.each(['{"id":7}', 'null', '"text"'])(
  'an incident is shown without an alert whose snapshot is %s',
  async (snapshot) => {
    const id = await openedBy(harness);
    await harness.database.db.raw(
      'update alert_links set snapshot = cast(? as jsonb), latest = null where incident_id = ?',
      [snapshot, id],
    );
    const shown = await get(id);
    expect([shown.id, shown.alerts]).toEqual([id, []]);
    expect(await counted('get')).toBe(1);
  },
);

test('a list leaves out an incident that cannot be read; the incident itself is shown without the invalid field', async () => {
  const faulty = await openedBy(harness, alertOf({ service: 'faulty' }));
  const sound = await openedBy(harness, alertOf({ service: 'sound' }));
  await harness.database.db('incidents').where({ id: faulty }).update({ context: '{"description":"d","links":5}' });
  const { incidents } = await harness.port.list({}, someone());
  expect(incidents.map(({ id }) => id)).toEqual([sound]);
  expect(await counted('list')).toBe(1);
  expect(await get(faulty)).toMatchObject({ id: faulty, links: [], description: 'd' });
});

test('a time outside the range of JSON is shown as the nearest valid one', async () => {
  const id = await openedBy(harness);
  await harness.database.db('incidents').where({ id }).update({ updated_at: 'infinity', created_at: '-infinity' });
  const { incidents } = await harness.port.list({}, someone());
  expect(incidents).toMatchObject([
    { id, updated_at: '9999-12-31T23:59:59.999Z', created_at: '0001-01-01T00:00:00.000Z' },
  ]);
});

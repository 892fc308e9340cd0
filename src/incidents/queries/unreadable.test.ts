import { someone } from '../../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, openedBy } from '../../testing/incidents';

/** Rows that do not fit the contract, as another version or a hand at the database may leave them. */

let house: IncidentsHarness;
beforeEach(async () => {
  house = await incidentsHarness();
});
afterEach(() => house.end());

const get = (id: string) => house.port.get({ id }, someone());
const counted = async (operation: string): Promise<number> =>
  Number(
    new RegExp(`^tocsin_unreadable_rows_total\\{module="incidents",operation="${operation}"\\} (\\d+)$`, 'm').exec(
      await house.registry.metrics(),
    )?.[1] ?? 0,
  );

test('an incident is shown without the entry of its timeline that cannot be read', async () => {
  const id = await openedBy(house);
  const before = await get(id);
  await house.database.db.raw(
    `insert into incident_timeline (incident_id, event_type, detail) values (?, 'assigned', '"no object"')`,
    [id],
  );
  expect((await get(id)).timeline).toEqual(before.timeline);
  expect(await counted('get')).toBe(1);
  const { total, timeline } = await house.port.timeline({ id }, someone());
  expect([total, timeline.length]).toEqual([before.timeline.length + 1, before.timeline.length]);
});

test.each(['{"id":7}', 'null', '"text"'])(
  'an incident is shown without its alert whose copy is %s',
  async (snapshot) => {
    const id = await openedBy(house);
    await house.database.db.raw(
      'update alert_links set snapshot = cast(? as jsonb), latest = null where incident_id = ?',
      [snapshot, id],
    );
    const shown = await get(id);
    expect([shown.id, shown.alerts]).toEqual([id, []]);
    expect(await counted('get')).toBe(1);
  },
);

test('a list leaves out the one incident that cannot be read, and a faulty field of a single one is empty', async () => {
  const faulty = await openedBy(house, alertOf({ service: 'faulty' }));
  const sound = await openedBy(house, alertOf({ service: 'sound' }));
  await house.database.db('incidents').where({ id: faulty }).update({ context: '{"description":"d","links":5}' });
  const { incidents } = await house.port.list({}, someone());
  expect(incidents.map(({ id }) => id)).toEqual([sound]);
  expect(await counted('list')).toBe(1);
  expect(await get(faulty)).toMatchObject({ id: faulty, links: [], description: 'd' });
});

test('an instant that JSON cannot say is shown as the nearest one it can', async () => {
  const id = await openedBy(house);
  await house.database.db('incidents').where({ id }).update({ updated_at: 'infinity', created_at: '-infinity' });
  const { incidents } = await house.port.list({}, someone());
  expect(incidents).toMatchObject([
    { id, updated_at: '9999-12-31T23:59:59.999Z', created_at: '0001-01-01T00:00:00.000Z' },
  ]);
});

import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { type TestDatabase, testDatabase } from '../../testing/databases';
import { someone } from '../../testing/http';

/** What the intake needs of the pool: transactions that wait for a second connection would block each other for ever. */

let database: TestDatabase;
let db: ReturnType<typeof connect>;
let harness: AlertsHarness;
beforeAll(async () => {
  database = await testDatabase('alerts');
  db = connect(database.url, { poolMax: 1, acquireTimeoutMs: 2_000 });
  harness = await alertsHarness({ db, url: database.url });
});
afterAll(async () => {
  await harness.drop();
  await db.destroy();
  await database.drop();
});

test('a report with an idempotency key takes one connection, even before the rules were read', async () => {
  const report = { service: 'checkout', severity: 'high' as const, message: 'Disk full' };
  const answer = await harness.alerts.port.receive(report, someone({ idempotencyKey: 'first' }));
  expect(answer).toMatchObject({ action: 'new_incident' });
});

import { testDatabase } from './databases';

test('each test gets its own database, with the role of its module', async () => {
  const [one, other] = await Promise.all([testDatabase('alerts'), testDatabase('alerts')]);
  try {
    await one.db.raw('CREATE TABLE marks (mark text)');
    const { rows } = await other.db.raw("SELECT current_user AS role, to_regclass('marks') AS marks");
    expect(rows).toEqual([{ role: 'tocsin_alerts', marks: null }]);
  } finally {
    await Promise.all([one.drop(), other.drop()]);
  }
});

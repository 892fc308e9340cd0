import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULES, type ModuleName } from '../../src/kernel/modules';
import { type TestDatabase, testDatabase } from '../../src/testing/databases';
import { schemaPage } from './schema';

const ROOT = join(__dirname, '../..');
const MIGRATIONS = join(ROOT, 'migrations');

let databases: Record<ModuleName, TestDatabase>;

beforeAll(async () => {
  const opened = await Promise.all(MODULES.map(async (module) => [module, await testDatabase(module)] as const));
  databases = Object.fromEntries(opened) as Record<ModuleName, TestDatabase>;
});

afterAll(() => Promise.all(Object.values(databases).map((database) => database.drop())));

const page = () =>
  schemaPage(
    Object.fromEntries(MODULES.map((module) => [module, databases[module].url])) as Record<ModuleName, string>,
    MIGRATIONS,
  );

test('docs/schema.md shows the migrated databases as they are (else run `npm run docs`)', async () => {
  expect(await page()).toBe(readFileSync(join(ROOT, 'docs/schema.md'), 'utf8'));
});

test('a new table appears with its columns, constraints, indexes and triggers', async () => {
  await databases.oncall.db.raw(`
    create table zz_pets (id int primary key, name text not null default 'Rex', age int check (age >= 0));
    create index zz_pets_by_name on zz_pets (name);
    create trigger zz_pets_kept before update on zz_pets for each row execute function suppress_redundant_updates_trigger()`);
  expect(await page()).toContain(`### zz_pets

| column | type | null | default |
| --- | --- | --- | --- |
| \`id\` | integer |  |  |
| \`name\` | text |  | \`'Rex'::text\` |
| \`age\` | integer | yes |  |

Constraints:

- \`zz_pets_pkey: PRIMARY KEY (id)\`
- \`zz_pets_age_check: CHECK ((age >= 0))\`

Indexes:

- \`CREATE INDEX zz_pets_by_name ON zz_pets USING btree (name)\`

Triggers:

- \`CREATE TRIGGER zz_pets_kept BEFORE UPDATE ON zz_pets FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()\`
`);
});

test('a month that was made for a partitioned table changes nothing', async () => {
  const before = await page();
  await databases.notify.db.raw(
    `create table zz_month partition of attempts for values from ('2031-01-01') to ('2031-02-01')`,
  );
  expect(await page()).toBe(before);
});

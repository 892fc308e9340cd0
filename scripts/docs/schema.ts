/** The text of docs/schema.md, read from the catalogues of five migrated databases. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { MODULES, type ModuleName } from '../../src/kernel/modules';

interface Table {
  name: string;
  partitioned: string | null;
  columns: { name: string; type: string; required: boolean; fallback: string | null }[];
  constraints: string[];
  indexes: string[];
  triggers: string[];
}

/** Without partitions, because their months depend on the date, and without the migration tables of knex. */
const TABLES = `
  select c.oid::int as id, c.relname as name, case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned
    from pg_class c
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
     and c.relname not like 'knex_%'
   order by c.relname`;
const COLUMNS = `
  select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
         case when a.attgenerated <> '' then 'generated: ' when a.attidentity <> '' then 'identity' else '' end
           || coalesce(pg_get_expr(d.adbin, d.adrelid), '') as fallback
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped
   order by a.attnum`;
/** Without NOT NULL, which is shown with the column. */
const CONSTRAINTS = `
  select conname || ': ' || pg_get_constraintdef(oid) as text from pg_constraint
   where conrelid = $1 and contype <> 'n' order by contype = 'p' desc, conname`;
const INDEXES = `
  select replace(pg_get_indexdef(i.indexrelid), ' public.', ' ') as text from pg_index i join pg_class c on c.oid = i.indexrelid
   where i.indrelid = $1 and not exists (select 1 from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
   order by c.relname`;
const TRIGGERS = `
  select replace(pg_get_triggerdef(oid), ' public.', ' ') as text from pg_trigger
   where tgrelid = $1 and not tgisinternal order by tgname`;

async function tablesOf(url: string): Promise<Table[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const tables: Table[] = [];
    for (const { id, name, partitioned } of (await client.query(TABLES)).rows) {
      const rows = async (sql: string) => (await client.query(sql, [id])).rows;
      const texts = async (sql: string) => (await rows(sql)).map(({ text }) => text as string);
      const [columns, constraints] = [await rows(COLUMNS), await texts(CONSTRAINTS)];
      tables.push({
        name,
        partitioned,
        columns,
        constraints,
        indexes: await texts(INDEXES),
        triggers: await texts(TRIGGERS),
      });
    }
    return tables;
  } finally {
    await client.end();
  }
}

/** The comment above `create table` in the migrations of a folder, by table. */
function purposesIn(folder: string): Map<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  const comments = files.flatMap((file) => [
    ...readFileSync(join(folder, file), 'utf8').matchAll(/((?:^--.*\n)+)create table (?:if not exists )?(\w+)/gim),
  ]);
  const plain = (comment: string) => comment.replace(/^-- ?/gm, '').trim().replaceAll('\n', ' ');
  return new Map(comments.map(([, comment = '', table = '']) => [table, plain(comment)]));
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
const list = (title: string, items: string[]): string =>
  items.length === 0 ? '' : `\n${title}:\n\n${items.map((item) => `- \`${item}\`\n`).join('')}`;

function section({ name, partitioned, columns, constraints, indexes, triggers }: Table, purpose?: string): string {
  const rows = columns.map(({ name: column, type, required, fallback }) => {
    const shown = fallback ? `\`${cell(fallback)}\`` : '';
    return `| \`${column}\` | ${cell(type)} | ${required ? '' : 'yes'} | ${shown} |\n`;
  });
  return [
    `### ${name}\n\n`,
    purpose === undefined ? '' : `${purpose}\n\n`,
    partitioned === null ? '' : `Partitioned by ${partitioned}.\n\n`,
    `| column | type | null | default |\n| --- | --- | --- | --- |\n${rows.join('')}`,
    list('Constraints', constraints),
    list('Indexes', indexes),
    list('Triggers', triggers),
    '\n',
  ].join('');
}

const HEAD = `<!-- Written by \`npm run docs\` from migrated databases. Add a migration and run it again. -->
# Database schema

Each module has a database of its own, and a role that can connect to no other. The tables in [every database](#every-database) exist five
times. The sentence below a table is the comment of the migration that made it.

`;

/**
 * @param urls a migrated database of each module
 * @param migrations the folder of the migrations
 */
export async function schemaPage(urls: Record<ModuleName, string>, migrations: string): Promise<string> {
  const shared = purposesIn(join(migrations, 'kernel'));
  const sectionsOf = (tables: Table[], purposes: Map<string, string>) =>
    tables.map((table) => section(table, purposes.get(table.name))).join('');
  let page = HEAD;
  for (const module of MODULES) {
    const tables = await tablesOf(urls[module]);
    const common = tables.filter(({ name }) => shared.has(name));
    if (module === MODULES[0]) page += `## Every database\n\n${sectionsOf(common, shared)}`;
    const own = tables.filter((table) => !common.includes(table));
    page += `## ${module}\n\n${sectionsOf(own, purposesIn(join(migrations, module)))}`;
  }
  return `${page.trimEnd()}\n`;
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const markdownIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const DECISIONS = markdownIn('docs/decisions').filter((file) => !file.endsWith('README.md'));
const DOCUMENTS = [...markdownIn('.'), ...markdownIn('docs'), ...markdownIn('docs/decisions')];

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

/** Links of a document to missing files of this repository. */
function deadLinks(file: string): string[] {
  const links = [...read(file).matchAll(/(?:\]\(|src=")([^)"\s]+)/g)].map(([, target]) => target as string);
  return links
    .filter((target) => !/^https?:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const at = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(ROOT, at))) return true;
      if (anchor === undefined) return false;
      return ![...read(at).matchAll(/^#+ (.+)$/gm)].some(([, heading]) => anchorOf(heading as string) === anchor);
    })
    .map((target) => `${file}: ${target}`);
}

test('the README has at most 150 lines and names the two commands', () => {
  const readme = read('README.md');
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  expect(readme).toMatch(/^npm ci && npm start\b.*\nnpm ci && npm test\b/m);
});

test('every link of a document to a file or a heading exists', () => {
  expect(DOCUMENTS.length).toBeGreaterThan(20);
  expect(DOCUMENTS.flatMap(deadLinks)).toEqual([]);
});

test('every folder that AGENTS.md lists exists, and it lists every folder of src', () => {
  const listed = [...read('AGENTS.md').matchAll(/`([\w./-]+)`/g)].map(([, path]) => path as string);
  const folders = listed.filter((path) => /^(src|web|migrations|scripts|docs)\//.test(path) && !/[<*]/.test(path));
  expect(folders.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const modules = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(modules.map(({ name }) => `src/${name}`).filter((path) => !listed.includes(path))).toEqual([]);
});

test('every decision has its four parts and a line in the index', () => {
  const index = read('docs/decisions/README.md');
  for (const file of DECISIONS) {
    const parts = [...read(file).matchAll(/^\*\*(\w+)\.\*\* /gm)].map(([, part]) => part);
    expect([file, parts]).toEqual([file, ['Context', 'Options', 'Decision', 'Price']]);
    expect(index).toContain(`](${file.replace('docs/decisions/', '')})`);
  }
});

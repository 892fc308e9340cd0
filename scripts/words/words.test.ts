import { proseOf } from './extract';
import { markersIn, wordsIn } from './markers';
import { rateOf, reportOf, tableOf } from './report';

const kinds = (path: string, content: string) =>
  proseOf(path, content).map(({ line, kind, text }) => `${line} ${kind}: ${text}`);

describe('the prose of a script', () => {
  test('is its comments, line by line, without code and without comments for tools', () => {
    const content = `/**
 * Saves \`rows\` once.
 *
 * @throws Problem if the database is away
 */
export function save() {
  // The lock comes first.
  return 'no text // nor a comment'; // Ends the call.
  // biome-ignore lint/style/noVar: a tool reads this
} // Last.
`;
    expect(kinds('src/alerts/save.ts', content)).toEqual([
      '2 comment: Saves   once.',
      '4 comment: @throws Problem if the database is away',
      '7 comment: The lock comes first.',
      '8 comment: Ends the call.',
      '10 comment: Last.',
    ]);
  });

  test('is the texts of the API, of logs and of problems, and no other strings', () => {
    const content = `const operation = { method: 'GET', summary: 'Users by name', description: 'Sorted ' + 'by name' };
log.warn({ err, code: 'one' }, 'a login failed');
this.deps.log.info(\`ended after \${ms} ms\`);
throw new Problem('conflict', \`A user named '\${name}' exists.\`);
throw new Error('There is no job.');
const list = names.join('not a text');
`;
    expect(kinds('src/gateway/users/users.ts', content)).toEqual([
      '1 summary: Users by name',
      '1 summary: Sorted',
      '1 summary: by name',
      '2 log: one',
      '2 log: a login failed',
      '3 log: ended after',
      '3 log: ms',
      "4 problem: A user named '",
      "4 problem: ' exists.",
      '5 problem: There is no job.',
    ]);
  });

  test('is every text of the screens where those are kept, and no name of a property', () => {
    const content = `import { plural } from './parts';
export const home = { 'a key': 'No incidents', open: (n: number) => \`\${n} \${plural(n, 'incident')} open\` };
`;
    expect(kinds('web/text/home.ts', content)).toEqual([
      '2 screen: No incidents',
      '2 screen: incident',
      '2 screen: open',
    ]);
  });

  test('is the titles and comments of a test, and none of its inputs', () => {
    const content = `describe('a queue', () => {
  // Two workers.
  test('keeps its order', () => {
    log.info('an input');
  });
  test.each([['first input']])('sorts %s', () => {});
});
`;
    expect(kinds('src/kernel/queue.test.ts', content)).toEqual([
      '1 test title: a queue',
      '2 comment: Two workers.',
      '3 test title: keeps its order',
      '6 test title: sorts %s',
    ]);
  });

  test('leaves the text between elements alone: it holds no comments', () => {
    const content = 'export const page = () => <p>// no comment {/* Shown once. */}</p>;\n';
    expect(kinds('web/Page.tsx', content)).toEqual(['1 comment: Shown once.']);
  });
});

test('the prose of a migration is its comments, and no dashes inside a text', () => {
  const content = "-- Each step.\ncreate table steps (\n  name text default 'a -- b' -- Its name.\n);\n";
  expect(kinds('migrations/incidents/0001.sql', content)).toEqual(['1 comment: Each step.', '3 comment: Its name.']);
});

test('the prose of a document is its lines without code, links and markup', () => {
  const content =
    '# Start\n\n```sh\nnpm start\n```\nRun `npm start`, then see [the tour](#where-whoever).\n<!-- note -->\n';
  expect(kinds('README.md', content)).toEqual(['1 document: # Start', '6 document: Run  , then see [the tour].']);
});

test('a file of another kind has no prose', () => {
  expect(proseOf('web/ui/button.css', '/* whoever */')).toEqual([]);
});

describe('markers', () => {
  test.each([
    ['Whoever asks is told.', ['whoever', 'told']],
    ['For whom the page is, and nobody else', ['whom', 'somebody']],
    ['Saves what is due anew.', ['what is …', 'anew']],
    ['A clock stands where nothing is to be said.', ['says', 'stands', 'where (if)']],
    ['Of a step that was cancelled', ['of … (in front)']],
    ['Who asks first', ['who …']],
    ['The tables say that jobs promised it.', ['says', 'promises']],
  ])('are found in "%s"', (text, markers) => {
    expect(markersIn(text)).toEqual(markers);
  });

  test.each([
    'Returns the folder where the page is built.',
    'Returns a promise of the rows.',
    'What is Tocsin?',
    'Who is on call',
    'The number of a page',
    'Understands standards',
  ])('are none in "%s"', (text) => {
    expect(markersIn(text)).toEqual([]);
  });

  test('do not grow: the same text has the same markers each time', () => {
    expect(markersIn('anew')).toEqual(markersIn('anew'));
  });
});

test('numbers and symbols are no words', () => {
  expect(wordsIn('The 3 rows – the caller’s own – are re-read')).toBe(7);
});

describe('a report', () => {
  const report = reportOf([
    { path: 'src/alerts/store/links.ts', content: '// Told anew.\n// Saves links of alerts.\n' },
    { path: 'src/main.ts', content: '// Starts.\n' },
    { path: 'README.md', content: 'Whoever reads this\n' },
  ]);

  test('lists each line with a marker by its place', () => {
    expect(report.lines).toEqual([
      'src/alerts/store/links.ts:1  [told, anew]  Told anew.',
      'README.md:1  [whoever]  Whoever reads this',
    ]);
  });

  test('counts words and markers per folder, per kind and in all', () => {
    expect(Object.fromEntries(report.folders)).toEqual({
      'src/alerts': { words: 6, markers: 2 },
      src: { words: 1, markers: 0 },
      '.': { words: 3, markers: 1 },
    });
    expect(Object.fromEntries(report.kinds)).toEqual({
      comment: { words: 7, markers: 2 },
      document: { words: 3, markers: 1 },
    });
    expect(report.all).toEqual({ words: 10, markers: 3 });
    expect(tableOf(report).split('\n').at(-1)).toMatch(/^all +10 +3 +300\.0$/);
  });

  test('has the rate 0 without words', () => {
    expect(rateOf({ words: 0, markers: 0 })).toBe(0);
  });
});

/**
 * Who may import whom. Modules stand on floors and calls only go down; a module knows a neighbour by its contract or not
 * at all. Every rule here is seen red in scripts/boundaries.test.ts: add a rule there too.
 */
const FLOORS = ['notify', 'oncall', 'incidents', 'alerts', 'gateway'];
const MODULE = `(${FLOORS.join('|')})`;
const TEST_CODE = '[.]test[.]tsx?$|^src/testing/|^web/(testing|e2e)/';
/** What neighbours see, and the parts of a long one, which they do not. */
const CONTRACT = `^src/${MODULE}/contract([.]ts$|/)`;

/** A package as it is resolved, its type declarations included. */
const library = (...names) => `node_modules/(@types/)?(${names.join('|')})/`;
/** A room of a module: one file, or a folder once it was split. */
const room = (...names) => `^src/${MODULE}/(${names.join('|')})([.]ts$|/)`;
const kernel = (...names) => `^src/kernel/(${names.join('|')})([.]ts$|/)`;
const LIGHT = kernel('ports/contract', 'ports/problem', 'ports/values');
/** What starts, configures and saves the product: above every module. */
const COMPOSITION = '^src/([^/]+[.]ts$|(config|backup|embedded)/)';

/** `from` may reach nothing but `allowed`. */
const only = (name, comment, from, allowed, except = []) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: [TEST_CODE, ...except] },
  to: { pathNot: allowed },
});

/** `from` may not reach `to`. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Gateway, the top floor, has nothing above it and so needs no rule. */
const floors = FLOORS.slice(0, -1).map((module, floor) =>
  never(
    `${module}-calls-only-down`,
    'Calls only go down: gateway, alerts, incidents, oncall, notify. Facts travel up by being read.',
    { path: `^src/${module}/`, pathNot: TEST_CODE },
    { path: `^src/(${FLOORS.slice(floor + 1).join('|')})/` },
  ),
);

module.exports = {
  forbidden: [
    never('no-circular', 'What depends on itself cannot be started in order.', {}, { circular: true }),
    never(
      'no-unresolvable',
      'An import nobody can follow is one no rule can judge.',
      {},
      { couldNotResolve: true, pathNot: '^[.]+/dist/' },
    ),
    never(
      'no-test-in-production',
      'Test code never ships.',
      { path: '^(src|web)/', pathNot: TEST_CODE },
      { path: TEST_CODE },
    ),
    never(
      'no-dev-library-in-production',
      'A container holds production dependencies only.',
      { path: '^src/', pathNot: TEST_CODE },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    ),
    never(
      'kernel-knows-no-module',
      'The kernel is the ground floor.',
      { path: '^src/kernel/', pathNot: TEST_CODE },
      { path: '^(src|web|scripts)/', pathNot: [TEST_CODE, '^src/kernel/'] },
    ),
    only(
      'kernel-contract-is-light',
      'The browser and every contract stand on these files: zod and nothing else.',
      LIGHT,
      [LIGHT, library('zod')],
    ),
    only(
      'contract-is-light',
      'A contract travels to neighbours and to the browser: zod, and the lists of plug-ins that its enums derive from.',
      CONTRACT,
      [kernel('ports/contract', 'ports/values', 'module'), library('zod'), CONTRACT, '^src/alerts/formats/'],
    ),
    never(
      'only-contract-lists-formats',
      'All other code takes formats from what the contract derives, so that no list of them is kept by hand.',
      { path: '^src/', pathNot: [TEST_CODE, '^src/alerts/contract/formats[.]ts$'] },
      { path: '^src/alerts/formats/index[.]ts$' },
    ),
    only(
      'domain-is-pure',
      'No I/O, no clock, no library beyond Temporal. Hashing is arithmetic; a problem is a value.',
      room('domain'),
      [
        '^src/$1/(domain[.]ts$|domain/|contract([.]ts$|/))',
        kernel('ports/problem', 'async/steps', 'ports/values'),
        library('temporal-polyfill', 'rrule-temporal'),
        '^(node:)?crypto$',
      ],
    ),
    only(
      'store-holds-rows',
      'A store turns rows into domain and back; it asks nobody and decides nothing.',
      room('store'),
      [
        '^src/$1/(store[.]ts$|store/|domain[.]ts$|domain/|contract[.]ts$)',
        kernel('db', 'jobs', 'events', 'ports/(problem|values|contract)', 'async/(slices|steps)', 'clock'),
        library('knex', 'pg', 'zod'),
        '^(node:)?crypto$',
      ],
    ),
    never(
      'neighbour-by-contract-only',
      'A module knows a neighbour by its contract or not at all.',
      { path: `^src/${MODULE}/`, pathNot: TEST_CODE },
      { path: `^src/${MODULE}/`, pathNot: ['^src/$1/', '/contract[.]ts$'] },
    ),
    never(
      'edge-rooms-know-no-neighbour',
      'Formats, channels, metrics and routes serve their own module; services and jobs do the asking. The gateway is the door to all.',
      {
        path: room('routes', 'metrics', 'formats', 'channels'),
        pathNot: [TEST_CODE, '^src/gateway/'],
      },
      { path: `^src/${MODULE}/`, pathNot: '^src/$1/' },
    ),
    never(
      'index-takes-ports-as-types',
      'An index is handed its neighbours; it may name their type and nothing more.',
      { path: room('index'), pathNot: '^src/gateway/' },
      { path: `^src/${MODULE}/`, pathNot: '^src/$1/', dependencyTypesNot: ['type-only'] },
    ),
    ...floors,
    never(
      'modules-know-no-composition',
      'Settings and neighbours are handed in; what composes a module is above it.',
      { path: `^src/${MODULE}/`, pathNot: TEST_CODE },
      { path: COMPOSITION },
    ),
    never(
      'only-compose-knows-the-modules',
      'Wiring is said once, in dependency order, in one file.',
      { path: COMPOSITION, pathNot: [TEST_CODE, '^src/compose[.]ts$'] },
      { path: `^src/${MODULE}/`, dependencyTypesNot: ['type-only'] },
    ),
    never(
      'compose-enters-by-the-front-door',
      'A module shows its index and its contract.',
      { path: COMPOSITION, pathNot: TEST_CODE },
      { path: `^src/${MODULE}/`, pathNot: `^src/${MODULE}/(index|contract)[.]ts$` },
    ),
    never(
      'sql-lives-in-stores',
      'The only SQL of a module is in its store.',
      {
        path: '^src/',
        pathNot: [TEST_CODE, room('store'), kernel('db', 'jobs', 'events'), '^src/(backup|embedded)/'],
      },
      { path: library('knex', 'pg') },
    ),
    never(
      'http-lives-at-the-edge',
      'Express is for routers and the gateway; an index may name the type of the router it returns.',
      {
        path: '^src/',
        pathNot: [
          TEST_CODE,
          room('routes', 'index'),
          '^src/gateway/',
          kernel('ports/router', 'http', 'module'),
          '^src/(compose|placement)[.]ts$',
        ],
      },
      {
        path: library('express', 'express-serve-static-core', 'helmet', 'express-rate-limit', 'http-proxy-middleware'),
      },
    ),
    never(
      'index-names-express-only-as-type',
      'An index returns a router; it does not build one.',
      { path: room('index'), pathNot: '^src/gateway/' },
      { path: library('express'), dependencyTypesNot: ['type-only'] },
    ),
    never(
      'outgoing-http-through-the-guard',
      'Requests that leave the house pass the kernel, which refuses private addresses.',
      { path: '^src/', pathNot: [TEST_CODE, '^src/kernel/'] },
      { path: library('undici') },
    ),
    never(
      'browser-knows-contracts-only',
      'The browser takes contracts and what the kernel keeps light.',
      { path: '^web/', pathNot: TEST_CODE },
      { path: '^src/', pathNot: [CONTRACT, kernel('ports/contract', 'ports/problem', 'ports/client')] },
    ),
    never(
      'browser-carries-no-schema',
      'Contracts reach the browser as types, so that zod stays at home. One file is run by the build, and shipped as its answer.',
      { path: '^web/', pathNot: [TEST_CODE, '^web/operations[.]ts$'] },
      { path: CONTRACT, dependencyTypesNot: ['type-only'] },
    ),
    never(
      'parts-know-no-module',
      'A part of the page is drawn from what it is handed: it knows no server, no session, no page.',
      { path: '^web/ui/', pathNot: TEST_CODE },
      { path: '^(web|src)/', pathNot: ['^web/ui/', '^web/text/parts[.]ts$'] },
    ),
    never(
      'words-are-only-words',
      'Another language is another folder of these files.',
      { path: '^web/text/', pathNot: TEST_CODE },
      { path: '.', pathNot: '^web/text/' },
    ),
    never(
      'one-api-layer',
      'What the server is asked goes through the ports.',
      { path: '^web/', pathNot: [TEST_CODE, '^web/ports[.]ts$'] },
      { path: '^web/operations[.]ts$' },
    ),
    never(
      'server-knows-no-browser',
      'The server is told of the page by its build.',
      { path: '^src/' },
      { path: '^web/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules|^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

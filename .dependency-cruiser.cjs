/**
 * Import rules. Modules are layered and call only downward; a module imports only the contract of another module.
 * scripts/boundaries.test.ts breaks every rule once: add new rules there too. scripts/boundaries.ts loads this file with
 * tsx, so that it can read the list of modules.
 */
const { MODULES } = require('./src/kernel/modules.ts');

const MODULE = `(${MODULES.join('|')})`;
const TEST_CODE = '[.]test[.]tsx?$|^src/testing/|^web/(testing|e2e)/';
/** The contract of a module, and the folder with its parts. Other modules import only the contract itself. */
const CONTRACT = `^src/${MODULE}/contract([.]ts$|/)`;

/** A package, including its type declarations. */
const library = (...names) => `node_modules/(@types/)?(${names.join('|')})/`;
/** A part of a module: a file or a folder. */
const part = (...names) => `^src/${MODULE}/(${names.join('|')})([.]ts$|/)`;
const kernel = (...names) => `^src/kernel/(${names.join('|')})([.]ts$|/)`;
const LIGHT = kernel('ports/contract', 'ports/problem', 'ports/values', 'ports/walk');
/** Code that starts, configures and backs up the product; it is above all modules. */
const COMPOSITION = '^src/([^/]+[.]ts$|(config|backup|embedded)/)';

/** `from` may import only `allowed`. */
const only = (name, comment, from, allowed, except = []) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: [TEST_CODE, ...except] },
  to: { pathNot: allowed },
});

/** `from` must not import `to`. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** The gateway is the highest module, so it needs no rule. */
const layers = MODULES.slice(0, -1).map((module, layer) =>
  never(
    `${module}-calls-only-down`,
    'Calls only go down: gateway, alerts, incidents, oncall, notify. Higher modules read the events of lower ones.',
    { path: `^src/${module}/`, pathNot: TEST_CODE },
    { path: `^src/(${MODULES.slice(layer + 1).join('|')})/` },
  ),
);

module.exports = {
  forbidden: [
    never('no-circular', 'Modules with circular imports cannot be loaded in order.', {}, { circular: true }),
    never(
      'no-unresolvable',
      'No rule can check an import that cannot be resolved.',
      {},
      { couldNotResolve: true, pathNot: '^[.]+/dist/' },
    ),
    never(
      'no-test-in-production',
      'Test code is not shipped.',
      { path: '^(src|web)/', pathNot: TEST_CODE },
      { path: TEST_CODE },
    ),
    never(
      'no-dev-library-in-production',
      'An image has production dependencies only.',
      { path: '^src/', pathNot: TEST_CODE },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    ),
    never(
      'kernel-knows-no-module',
      'The kernel is the lowest layer.',
      { path: '^src/kernel/', pathNot: TEST_CODE },
      { path: '^(src|web|scripts)/', pathNot: [TEST_CODE, '^src/kernel/'] },
    ),
    only(
      'kernel-contract-is-light',
      'The browser and all contracts import these files, so they import only zod.',
      LIGHT,
      [LIGHT, library('zod')],
    ),
    only(
      'contract-is-light',
      'Other modules and the browser import contracts, so a contract imports only zod and the lists of plug-ins for its enums.',
      CONTRACT,
      [
        kernel('ports/contract', 'ports/values', 'ports/walk', 'module'),
        library('zod'),
        CONTRACT,
        '^src/alerts/formats/',
      ],
    ),
    never(
      'only-contract-lists-formats',
      'All other code uses the formats of the contract, so that there is no second list.',
      { path: '^src/', pathNot: [TEST_CODE, '^src/alerts/contract/formats[.]ts$'] },
      { path: '^src/alerts/formats/index[.]ts$' },
    ),
    only(
      'domain-is-pure',
      'No I/O, no clock, no library beyond Temporal and cron. Hashing is arithmetic; a problem is a value.',
      part('domain'),
      [
        '^src/$1/(domain[.]ts$|domain/|contract([.]ts$|/))',
        kernel('ports/problem', 'async/steps', 'ports/values'),
        library('temporal-polyfill', 'rrule-temporal', 'croner'),
        '^(node:)?crypto$',
      ],
    ),
    only(
      'store-holds-rows',
      'A store converts between rows and domain values; it calls no other code and decides nothing.',
      part('store'),
      [
        '^src/$1/(store[.]ts$|store/|domain[.]ts$|domain/|contract[.]ts$)',
        kernel('db', 'jobs', 'events', 'ports/(problem|values|contract)', 'async/(slices|steps)', 'clock'),
        library('knex', 'pg', 'zod'),
        '^(node:)?crypto$',
      ],
    ),
    never(
      'neighbour-by-contract-only',
      'A module imports only the contract of another module.',
      { path: `^src/${MODULE}/`, pathNot: TEST_CODE },
      { path: `^src/${MODULE}/`, pathNot: ['^src/$1/', '/contract[.]ts$'] },
    ),
    never(
      'edge-parts-know-no-neighbour',
      'Formats, channels, metrics and routes serve their own module; only services and jobs call other modules. The gateway routes to all.',
      {
        path: part('routes', 'metrics', 'formats', 'channels'),
        pathNot: [TEST_CODE, '^src/gateway/'],
      },
      { path: `^src/${MODULE}/`, pathNot: '^src/$1/' },
    ),
    never(
      'index-takes-ports-as-types',
      'An index gets its neighbours as arguments, so it imports only their types.',
      { path: part('index'), pathNot: '^src/gateway/' },
      { path: `^src/${MODULE}/`, pathNot: '^src/$1/', dependencyTypesNot: ['type-only'] },
    ),
    ...layers,
    never(
      'modules-know-no-composition',
      'A module gets settings and neighbours as arguments; the composition is above it.',
      { path: `^src/${MODULE}/`, pathNot: TEST_CODE },
      { path: COMPOSITION },
    ),
    never(
      'only-compose-knows-the-modules',
      'Modules are wired in one file, in the order of their dependencies.',
      { path: COMPOSITION, pathNot: [TEST_CODE, '^src/compose[.]ts$'] },
      { path: `^src/${MODULE}/`, dependencyTypesNot: ['type-only'] },
    ),
    never(
      'compose-imports-index-and-contract',
      'The public files of a module are its index and its contract.',
      { path: COMPOSITION, pathNot: TEST_CODE },
      { path: `^src/${MODULE}/`, pathNot: `^src/${MODULE}/(index|contract)[.]ts$` },
    ),
    never(
      'sql-lives-in-stores',
      'The only SQL of a module is in its store.',
      {
        path: '^src/',
        pathNot: [TEST_CODE, part('store'), kernel('db', 'jobs', 'events'), '^src/(backup|embedded)/'],
      },
      { path: library('knex', 'pg') },
    ),
    never(
      'http-lives-at-the-edge',
      'Only routers and the gateway use Express; an index may import the type of its router.',
      {
        path: '^src/',
        pathNot: [
          TEST_CODE,
          part('routes', 'index'),
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
      'An index returns a router, but does not build one.',
      { path: part('index'), pathNot: '^src/gateway/' },
      { path: library('express'), dependencyTypesNot: ['type-only'] },
    ),
    never(
      'outgoing-http-through-the-guard',
      'Outgoing requests use the kernel, which refuses private addresses.',
      { path: '^src/', pathNot: [TEST_CODE, '^src/kernel/'] },
      { path: library('undici') },
    ),
    never(
      'browser-knows-contracts-only',
      'The browser imports contracts and the light files of the kernel.',
      { path: '^web/', pathNot: TEST_CODE },
      { path: '^src/', pathNot: [CONTRACT, kernel('ports/contract', 'ports/problem', 'ports/client', 'escapeHtml')] },
    ),
    never(
      'browser-carries-no-schema',
      'The browser imports contracts as types only, so that zod is not shipped. The build runs one file and ships its result.',
      { path: '^web/', pathNot: [TEST_CODE, '^web/operations[.]ts$'] },
      { path: CONTRACT, dependencyTypesNot: ['type-only'] },
    ),
    never(
      'parts-know-no-module',
      'A UI part depends only on its props: it knows no server, session or page.',
      { path: '^web/ui/', pathNot: TEST_CODE },
      { path: '^(web|src)/', pathNot: ['^web/ui/', '^web/text/parts[.]ts$'] },
    ),
    never(
      'words-are-only-words',
      'Texts import nothing, so that a translation is another folder of these files.',
      { path: '^web/text/', pathNot: TEST_CODE },
      { path: '.', pathNot: '^web/text/' },
    ),
    never(
      'one-api-layer',
      'All requests to the server use the ports.',
      { path: '^web/', pathNot: [TEST_CODE, '^web/ports[.]ts$'] },
      { path: '^web/operations[.]ts$' },
    ),
    never(
      'server-knows-no-browser',
      'The server reads the page from the build, not from its sources.',
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

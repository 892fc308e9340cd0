/**
 * Tests of the page, for jest: bundled with all they import, because Preact comes as nothing but modules, which jest
 * cannot require. One test file is one page.
 */
const { randomUUID } = require('node:crypto');
const { buildSync } = require('esbuild');

module.exports = {
  /** A test changes with everything it imports; bundling is quicker than finding out whether something did. */
  getCacheKey: () => randomUUID(),
  process(_source, file) {
    const { outputFiles } = buildSync({
      entryPoints: [file],
      bundle: true,
      write: false,
      platform: 'node',
      mainFields: ['module', 'main'],
      format: 'cjs',
      target: 'node20',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      sourcemap: 'inline',
      define: { 'import.meta.env.DEV': 'false', 'import.meta.env.PROD': 'true' },
      loader: { '.css': 'empty' },
    });
    return { code: outputFiles[0].text };
  },
};

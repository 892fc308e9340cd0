/**
 * The jest transform for tests of the page. It bundles a test with all its imports, because Preact has ES modules only, which
 * jest cannot require. Each test file is a separate page.
 */
const { randomUUID } = require('node:crypto');
const { buildSync } = require('esbuild');

module.exports = {
  /** A test depends on all its imports. Bundling is faster than checking them for changes. */
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

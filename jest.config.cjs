/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/scripts', '<rootDir>/web'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  transform: {
    '^.+\\.(ts|js)$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
    '[.]test[.]tsx$': '<rootDir>/scripts/page-transform.cjs',
  },
  // Published as modules only, which jest runs as scripts.
  transformIgnorePatterns: ['/node_modules/(?!temporal-)'],
  // Files that ask for a browser's globals (the docblock in web/) get libraries as Node would.
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  globalSetup: '<rootDir>/src/testing/globalSetup.ts',
  globalTeardown: '<rootDir>/src/testing/globalTeardown.ts',
  coverageProvider: 'babel',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.test.ts', '!src/testing/**'],
  // Only keeps a test from hanging: a machine that runs many things takes its time.
  testTimeout: 120_000,
  maxWorkers: 2,
  workerIdleMemoryLimit: '512MB',
  reporters: ['default'],
};

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
  // This package has ES modules only, which jest must transform.
  transformIgnorePatterns: ['/node_modules/(?!temporal-)'],
  // Test files with browser globals (the docblock in web/) resolve libraries like Node.
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons'] },
  globalSetup: '<rootDir>/src/testing/globalSetup.ts',
  globalTeardown: '<rootDir>/src/testing/globalTeardown.ts',
  coverageProvider: 'babel',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.test.ts', '!src/testing/**'],
  // Only keeps a test from hanging; long, because test machines are busy.
  testTimeout: 120_000,
  maxWorkers: 2,
  testSequencer: '<rootDir>/scripts/longestFirst.cjs',
  workerIdleMemoryLimit: '512MB',
  reporters: ['default'],
};

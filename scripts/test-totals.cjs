/** A jest reporter that leaves behind what passed and failed in each module, for scripts/test.mjs to print. */
const { writeFileSync } = require('node:fs');
const { relative, sep } = require('node:path');

/** Tests beside the composition root and in scripts belong to the house. */
function moduleOf(file) {
  const [top, folder, ...rest] = relative(process.cwd(), file).split(sep);
  return top === 'src' && rest.length > 0 ? folder : 'house';
}

module.exports = function TotalsReporter() {
  return {
    onRunComplete(_contexts, results) {
      const totals = {};
      for (const { testFilePath, numPassingTests, numFailingTests, testExecError } of results.testResults) {
        const module = moduleOf(testFilePath);
        totals[module] ??= { passed: 0, failed: 0 };
        totals[module].passed += numPassingTests;
        // A file that could not even be loaded has no tests to count, and is a failure all the same.
        totals[module].failed += numFailingTests + (testExecError && numFailingTests === 0 ? 1 : 0);
      }
      writeFileSync(process.env.TEST_TOTALS, JSON.stringify(totals));
    },
  };
};

/**
 * The order of test files for jest. Files that take longest begin first, because a long file that begins last keeps one
 * worker busy while the others have nothing to do. A fresh checkout knows no durations, so these files are named here.
 */
const { default: Sequencer } = require('@jest/test-sequencer');

/** From longest to shortest. A file that does not exist any more is of no effect. */
const LONGEST = [
  'src/eventLoop.test.ts',
  'web/e2e/everyPage.test.ts',
  'src/alerts/formats/badInput.test.ts',
  'src/main.test.ts',
  'src/alerts/formats/formats.test.ts',
  'src/backup/archive.test.ts',
  'src/alerts/integrations/large.test.ts',
  'src/story.test.ts',
  'web/e2e/oncall.test.ts',
  'src/split.test.ts',
  'web/e2e/prefix.test.ts',
  'src/webUi.test.ts',
  'src/answers.test.ts',
  'src/embedded/postgres.test.ts',
  'src/alerts/formats/mutations.test.ts',
  'web/e2e/storm.test.ts',
  'web/e2e/dashboard.test.ts',
];

const placeOf = ({ path }) => LONGEST.findIndex((name) => path.replaceAll('\\', '/').endsWith(`/${name}`));

class LongestFirst extends Sequencer {
  /** The named files in their order, then the others as jest orders them. */
  sort(tests) {
    const named = tests.filter((test) => placeOf(test) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
    return [...named, ...super.sort(tests.filter((test) => placeOf(test) < 0))];
  }
}

module.exports = LongestFirst;

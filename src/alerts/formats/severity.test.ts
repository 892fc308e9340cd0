import fc from 'fast-check';
import { severityOf } from './severity';

test.each([
  ['critical', 'SEV-1', 'Sev 1', 'SEV_1', 'sev:0', 'P-1', 'P.0', '#P1', 'S1', 's0'],
  ['critical', 'severity 1', 'Severity-0', 'priority 1', 'Priority: 1', 'prio1', 'prio 0', 'P\u20111', 'Sev\u00a01'],
  ['high', 'SEV-2', 'p 2', 'S2', 'severity 2', 'priority_2', 'prio-2'],
  ['medium', 'SEV-3', 'p 3', 'S3', 'severity 3', 'priority_3', 'prio-3'],
  ['low', 'SEV-4', 'p 5', 'S4', 's-5', 'severity 4', 'severity 5', 'priority_4', 'priority 5', 'prio-4', 'prio 5'],
])('severity %s has numbered levels in all their spellings', (ours, ...words) => {
  const read = words.map((word) => [word, severityOf(word)]);
  expect(read).toEqual(words.map((word) => [word, { severity: ours }]));
});

test.each([
  ['P1 - Critical', 'critical'],
  ['1 - Critical', 'critical'],
  ['2: Error (major)', 'high'],
  ['P4/Info', 'low'],
])('severity %s names one level twice, so it is %s', (word, severity) => {
  expect(severityOf(word)).toEqual({ severity });
});

test.each(['p10', 'P1 - Low', 'no error', 'sev-10', 's 9', 'non-critical', 'p-1-ish', '-'])(
  'severity %s is unknown',
  (word) => {
    expect(severityOf(word)).toEqual({
      severity: 'medium',
      severity_note: `The source says severity '${word}', which is unknown; it counts as medium.`,
    });
  },
);

test('separators and case never change what a severity means', () => {
  const separators = fc.stringMatching(/^[ \t_:.#-]{0,3}$/);
  const word = fc.constantFrom('critical', 'error', 'warning', 'info', 'sev1', 'p2', 's3', 'prio4', 'severity5');
  fc.assert(
    fc.property(word, fc.array(separators, { minLength: 12, maxLength: 12 }), fc.boolean(), (plain, gaps, upper) => {
      const spelt = [...plain].map((letter, n) => gaps[n] + letter).join('') + gaps[10];
      expect(severityOf(upper ? spelt.toUpperCase() : spelt)).toEqual(severityOf(plain));
      expect(severityOf(plain).severity_note).toBeUndefined();
    }),
  );
});

/** Texts of the coverage report. */
const often = (n: number, what: string): string => `${what} ${n === 1 ? 'once' : `${n.toLocaleString('en')} times`}`;

export const coverageWords = {
  title: 'Coverage',
  ahead: 'How far ahead',
  days: (days: string) => `${days} days`,
  covered: 'Every page would reach a person',
  nobodyReached: (n: number) => often(n, 'A page would reach no one'),
  stepsOnly: (n: number) => often(n, 'A step would reach no one'),
  none: 'No gap ahead',
  checked: (policies: number, until: string) =>
    `${policies.toLocaleString('en')} ${policies === 1 ? 'policy' : 'policies'} checked, until ${until}`,
  gaps: 'Gaps',
  unowned: 'Services without an owner',
  more: (n: number) => `${n.toLocaleString('en')} more after these.`,
  whole: { nobody: 'No one would be paged', unreachable: 'No one could be reached' },
  steps: (steps: readonly number[]) => `${steps.length === 1 ? 'Step' : 'Steps'} ${steps.join(', ')} only`,
  to: 'to',
  people: (names: string) => `Would be paged, and cannot be reached: ${names}`,
};

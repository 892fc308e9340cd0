/** What the report of coverage says. */
const often = (n: number, what: string): string => `${what} ${n === 1 ? 'once' : `${n.toLocaleString('en')} times`}`;

export const coverageWords = {
  title: 'Coverage',
  ahead: 'How far ahead',
  days: (days: string) => `${days} days`,
  covered: 'Every page would reach somebody',
  nobodyReached: (n: number) => often(n, 'A page would reach nobody'),
  stepsOnly: (n: number) => often(n, 'A step would reach nobody'),
  none: 'No gap ahead',
  checked: (policies: number, until: string) =>
    `${policies.toLocaleString('en')} ${policies === 1 ? 'policy' : 'policies'} checked, until ${until}`,
  gaps: 'Gaps',
  unowned: 'Services that nobody owns',
  more: (n: number) => `${n.toLocaleString('en')} more after these.`,
  whole: { nobody: 'Nobody would be paged', unreachable: 'Nobody could be reached' },
  steps: (steps: readonly number[]) => `${steps.length === 1 ? 'Step' : 'Steps'} ${steps.join(', ')} only`,
  to: 'to',
  people: (names: string) => `Would be paged, and cannot be reached: ${names}`,
};

import { whyUnreachable } from './foreseen';

/** Texts of the coverage report, and about people on call whose reach is weak. */
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
  weak: {
    title: 'People who are hard to reach',
    titleNow: 'On call now, and hard to reach',
    kinds: {
      unreachable: 'Cannot be reached',
      unverified_only: 'Contact methods not verified',
      failing_only: 'Every contact method fails',
      email_only: 'Only by e-mail',
      never_proven: 'Never proven',
    },
    since: (at: string) => `since ${at}`,
    fails: (titles: readonly string[]) =>
      `${[...new Set(titles)].join(', ')} ${titles.length === 1 ? 'fails' : 'fail'}`,
    failing: (title: string, state: 'failing' | 'disabled', since: string | null, error: string | null) =>
      `${state === 'failing' ? `Messages by ${title} fail` : `Disabled after failures: ${title}`}${
        since === null ? '' : ` since ${since}`
      }${error === null ? '' : `: ${error}`}`,
    ways: (ways: string) => `Reached by ${ways}.`,
    whyNot: (reason: string | null) => `Pages do not arrive: ${whyUnreachable(reason)}.`,
    onCall: (teams: readonly string[]) => `On call for ${teams.join(', ')} from`,
  },
};

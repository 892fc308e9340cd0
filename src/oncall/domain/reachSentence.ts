import type { WeakPerson } from '../contract';

type Reach = Pick<WeakPerson, 'reachable' | 'ways' | 'failing'>;

/** What the notice of a shift says about how its person is reached, such as `You are unreachable by SMS since …`. */
export function reachSentence({ reachable, ways, failing }: Reach, timeOf: (at: Date) => string): string {
  const faults = failing.map(
    ({ title, since }) =>
      `You are unreachable by ${title}${since === null ? '' : ` since ${timeOf(new Date(since))}`}.`,
  );
  const how = reachable
    ? `You are reached by ${ways}.`
    : 'Pages do not reach you at all: add or verify a contact method on your account page.';
  return [...new Set(faults), how].join(' ');
}

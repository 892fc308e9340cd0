import { type Ports, ports } from '../ports';
import { nextResponderWords as words } from '../text/nextResponder';
import { useQuery } from '../useQuery';

/** The escalation of an incident, as the server reports it: the paged responders, and those of the next step. */
export type EscalationState = Awaited<ReturnType<Ports['incidents']['fuses']>>['fuses'][number];
type Next = NonNullable<EscalationState['next']>;

export interface NextResponder {
  /** `Secondary (Ben Okafor)`, at the start of a sentence. */
  name: string;
  /** The same inside a sentence: `secondary (Ben Okafor)`. */
  within: string;
  /** The shortest text with a name, for small places. */
  short: string;
}

/** One request for all incidents. An incident without an answer has no escalation line. */
export function useEscalations(ids: readonly string[]): (id: string) => EscalationState | undefined {
  const incidents = ids.join();
  const asked = useQuery(incidents === '' ? null : `fuses ${incidents}`, () => ports.incidents.fuses({ incidents }), {
    modules: ['incidents', 'oncall'],
    by: ({ module, subject }) => module === 'oncall' || ids.includes(subject),
  });
  return (id) => asked.value?.fuses.find(({ incident_id }) => incident_id === id);
}

/** Null if the responder is unknown: oncall does not answer, or the step waits for support hours. */
export function nextResponder({ told, why }: Pick<Next, 'told' | 'why'>): NextResponder | null {
  if (told === null || why === 'outside_support_hours') return null;
  const paged = told.filter(({ role }) => role !== 'room');
  const [first] = paged;
  if (first === undefined) return { name: words.nobody, within: words.nobodyWithin, short: words.nobody };
  const roles = [...new Set(paged.map(({ role }) => role))];
  const again = why?.includes('primary_again') ?? false;
  const said = roles.map((role) =>
    words.of(
      role === 'primary' && again ? 'primary_again' : role,
      paged.filter((each) => each.role === role).map(({ name }) => name),
    ),
  );
  return {
    name: words.first(words.all(said)),
    within: words.all(said),
    short: first.role === 'member' ? words.everybody : first.name,
  };
}

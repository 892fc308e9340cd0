import { type Ports, ports } from '../ports';
import { nextWhomWords as words } from '../text/nextResponder';
import { useQuery } from '../useQuery';

/** The escalation of an incident at a glance, as the server says it: who was paged, and whom the next step pages. */
export type Fused = Awaited<ReturnType<Ports['incidents']['fuses']>>['fuses'][number];
type Next = NonNullable<Fused['next']>;

export interface NextWhom {
  /** `Secondary (Ben Okafor)`, as a sentence begins. */
  whom: string;
  /** The same within a sentence: `secondary (Ben Okafor)`. */
  within: string;
  /** The shortest that still names somebody, for a place where little fits. */
  short: string;
}

/** One question for all of them. What is not known yet has no fuse. */
export function useFuses(ids: readonly string[]): (id: string) => Fused | undefined {
  const incidents = ids.join();
  const asked = useQuery(incidents === '' ? null : `fuses ${incidents}`, () => ports.incidents.fuses({ incidents }), {
    modules: ['incidents', 'oncall'],
    by: ({ module, subject }) => module === 'oncall' || ids.includes(subject),
  });
  return (id) => asked.value?.fuses.find(({ incident_id }) => incident_id === id);
}

/** Null where nobody can say: oncall does not answer, or the step waits for support hours. */
export function nextWhom({ told, why }: Pick<Next, 'told' | 'why'>): NextWhom | null {
  if (told === null || why === 'outside_support_hours') return null;
  const paged = told.filter(({ role }) => role !== 'room');
  const [first] = paged;
  if (first === undefined) return { whom: words.nobody, within: words.nobodyWithin, short: words.nobody };
  const roles = [...new Set(paged.map(({ role }) => role))];
  const again = why?.includes('primary_again') ?? false;
  const said = roles.map((role) =>
    words.of(
      role === 'primary' && again ? 'primary_again' : role,
      paged.filter((each) => each.role === role).map(({ name }) => name),
    ),
  );
  return {
    whom: words.first(words.all(said)),
    within: words.all(said),
    short: first.role === 'member' ? words.everybody : first.name,
  };
}

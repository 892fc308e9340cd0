import type { Ports } from '../../ports';

/** The messages of a step that a preview foresees, gathered by person. */

type Told = Awaited<ReturnType<Ports['incidents']['previewEscalation']>>['steps'][number]['told'][number];

export interface ForeseenPerson {
  key: string;
  name: string;
  /** In the order of their time; channels of the same minute are together. */
  methods: { afterMinutes: number; channels: string[] }[];
  /** Why no message reaches the person. */
  whyNot: string | null;
  /** The server does not know how the person is reached. */
  unknown: boolean;
  /** The end of the quiet hours that hold the page. */
  heldUntil: string | null;
}

export function linesOf(told: readonly Told[]): ForeseenPerson[] {
  const people = new Map<string, ForeseenPerson>();
  for (const each of told) {
    const key = each.email ?? `${each.channel} ${each.recipient}`;
    const person = people.get(key) ?? personOf(key, each);
    people.set(key, person);
    if (each.reachable) addMethod(person, each);
  }
  return [...people.values()];
}

const personOf = (key: string, { name, why_not, reach_unknown, held_until }: Told): ForeseenPerson => ({
  ...{ key, name, methods: [], whyNot: why_not ?? null },
  ...{ unknown: reach_unknown === true, heldUntil: held_until ?? null },
});

function addMethod({ methods }: ForeseenPerson, { channel, after_minutes: afterMinutes = 0 }: Told): void {
  const at = methods.find((each) => each.afterMinutes === afterMinutes);
  if (at === undefined) methods.push({ afterMinutes, channels: [channel] });
  else if (!at.channels.includes(channel)) at.channels.push(channel);
}

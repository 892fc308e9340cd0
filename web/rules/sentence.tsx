import { Fragment } from 'preact';
import { parts } from '../text/parts';
import { rules } from '../text/rules';
import type { Draft } from './view';

const { sentence: words } = rules;
type During = NonNullable<Draft['during']>;
type Days = During['restrictions'][number]['days'];

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** `Mon to Fri`, `Mon, Wed`, or `every day`. */
function daysOf(days: Days): string {
  const places = DAYS.flatMap((day, at) => (days === undefined || days.includes(day) ? [at] : []));
  if (places.length === DAYS.length) return words.everyDay;
  const names = places.map((at) => words.days[DAYS[at] as (typeof DAYS)[number]]);
  const first = places[0] ?? 0;
  const isRun = places.length > 2 && places.every((at, n) => at === first + n);
  return isRun ? words.run(names[0] ?? '', names.at(-1) ?? '') : names.join(', ');
}

/** The local times of a rule as text, with their zone. */
export const hoursOf = ({ time_zone, restrictions }: During): string =>
  words.during(
    restrictions.map(({ days, from, to }) => words.hours(daysOf(days), from, to)).join(` ${words.or} `),
    time_zone,
  );

/** What a rule does, one text per action, in the order in which people read it. */
export function actionsOf({ then, stop }: Pick<Draft, 'then' | 'stop'>): string[] {
  const { service, severity, title, labels, team, policy } = then.set;
  const named = (field: keyof typeof words.fields, value: string | undefined) =>
    value === undefined ? [] : [words.set(words.fields[field], value)];
  const actions = [
    ...(then.drop ? [words.drop] : []),
    ...named('service', service),
    ...named('severity', severity && severityName(severity)),
    ...named('title', title),
    ...Object.entries(labels ?? {}).map(([name, value]) => words.label(name, value)),
    ...named('team', team),
    ...named('policy', policy),
    ...routeOf(then),
    ...holdsOf(then),
  ];
  return [...(actions.length === 0 ? [words.nothing] : actions), ...(stop ? [words.stop] : [])];
}

type Then = Draft['then'];

const routeOf = ({ group_by: group, window_minutes: window, page, room }: Then): string[] => [
  ...(group === undefined
    ? []
    : [words.group(group.kind === 'labels' ? group.labels.join(', ') : words.groups[group.kind])]),
  ...(window === undefined ? [] : [words.window(window)]),
  ...(page === undefined ? [] : [page ? words.page : words.noPage]),
  ...(room === undefined ? [] : [words.room(room)]),
];

const holdsOf = ({ threshold, delay_minutes: delay }: Then): string[] => [
  ...(threshold === undefined ? [] : [words.threshold(threshold.count, threshold.within_minutes)]),
  ...(delay === undefined ? [] : [words.delay(delay)]),
];

const severityName = (severity: string): string =>
  (severity in parts.severity ? parts.severity[severity as keyof typeof parts.severity] : severity).toLowerCase();

/** The rule in plain words: `If env="prod" and service=~"pay.*": set severity low, then stop`. */
export const Sentence = ({ of }: { of: Draft }) => (
  <span>
    {of.when.length === 0 ? words.all : `${words.if} `}
    {of.when.map((matcher, at) => (
      <Fragment key={matcher}>
        {at > 0 && ` ${words.and} `}
        <code>{matcher}</code>
      </Fragment>
    ))}
    {of.during && `, ${hoursOf(of.during)}`}: {actionsOf(of).join(', ')}
  </span>
);

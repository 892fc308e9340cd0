import { invalid } from '../../src/kernel/ports/problem';
import { labelsIn } from '../alerts/labels';
import { textIn } from '../live/forms';
import type { Restriction } from '../oncall/schedule/draft';
import { linesIn } from '../silences/view';
import { rules } from '../text/rules';
import type { Draft } from './view';

const { dialog: words } = rules;
type During = NonNullable<Draft['during']>;

/** The names of the fields, as the server names them in an error. */
const NUMBERED = Array.from({ length: 20 }, (_, n) => `when.${n}`);
export const NAMES: readonly string[] = [
  ...['when', ...NUMBERED, 'during.time_zone', 'during.restrictions'],
  ...['then.set.service', 'then.set.severity', 'then.set.title', 'then.set.labels', 'then.set.team', 'then.set.policy'],
  ...['then.group_by', 'then.group_by.labels', 'then.window_minutes', 'then.room'],
  ...['then.threshold.count', 'then.threshold.within_minutes', 'then.delay_minutes'],
];

/** A number field by the name of its action; absent if it is empty. */
function numberIn(form: FormData, name: string): number | undefined {
  const text = textIn(form, `then.${name}`);
  return text === '' ? undefined : Number(text);
}

type Then = Draft['then'];

function groupIn(form: FormData): Then['group_by'] {
  const kind = textIn(form, 'then.group_by');
  if (kind === 'service' || kind === 'fingerprint' || kind === 'rule') return { kind };
  return kind === 'labels' ? { kind, labels: listIn(textIn(form, 'then.group_by.labels')) } : undefined;
}

const listIn = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function routeIn(form: FormData): Pick<Then, 'group_by' | 'window_minutes' | 'page' | 'room'> {
  const group = groupIn(form);
  const window = numberIn(form, 'window_minutes');
  const page = textIn(form, 'then.page');
  const room = textIn(form, 'then.room');
  return {
    ...(group && { group_by: group }),
    ...(window !== undefined && { window_minutes: window }),
    ...(page !== '' && { page: page === 'yes' }),
    ...(room !== '' && { room }),
  };
}

/** If one of the two numbers of a threshold is missing, the server names its field. */
function holdsIn(form: FormData): Pick<Then, 'threshold' | 'delay_minutes'> {
  const [count, within, delay] = ['threshold.count', 'threshold.within_minutes', 'delay_minutes'].map((name) =>
    numberIn(form, name),
  );
  return {
    ...((count !== undefined || within !== undefined) && {
      threshold: { count, within_minutes: within } as NonNullable<Then['threshold']>,
    }),
    ...(delay !== undefined && { delay_minutes: delay }),
  };
}

/** The text fields that are filled, by their short name. */
const given = (form: FormData, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) =>
      textIn(form, `then.set.${name}`) === '' ? [] : [[name, textIn(form, `then.set.${name}`)]],
    ),
  );

/** @throws Problem `invalid` if a line of the labels is no label */
function labelsOf(form: FormData): Record<string, string> {
  const labels = labelsIn(String(form.get('then.set.labels') ?? ''));
  if (labels === null) throw invalid([{ path: 'then.set.labels', message: words.labelsFault }]);
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

const duringOf = (form: FormData, hours: readonly Restriction[]): During | null =>
  hours.length === 0
    ? null
    : {
        time_zone: textIn(form, 'during.time_zone'),
        restrictions: hours.map(({ days, from, to }) => ({ ...(days && { days }), from, to })),
      };

/**
 * The rule that the form describes.
 * @throws Problem `invalid` for what the form itself cannot read
 */
export function draftIn(form: FormData, hours: readonly Restriction[]): Draft {
  const labels = labelsOf(form);
  return {
    name: textIn(form, 'name'),
    enabled: form.has('enabled'),
    when: linesIn(textIn(form, 'when')),
    during: duringOf(form, hours),
    then: {
      drop: form.has('then.drop'),
      set: {
        ...given(form, ['service', 'severity', 'title', 'team', 'policy']),
        ...(Object.keys(labels).length > 0 && { labels }),
      },
      ...routeIn(form),
      ...holdsIn(form),
    },
    stop: form.has('stop'),
  };
}

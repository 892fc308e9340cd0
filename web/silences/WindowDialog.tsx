import { useState } from 'preact/hooks';
import { type FormField, FormFields } from '../live/formFields';
import { FormDialog, Refusal, textIn, useSubmitting } from '../live/forms';
import { ports } from '../ports';
import { silences } from '../text/silences';
import { Button } from '../ui/button';
import { AreaField, SelectField } from '../ui/field';
import { At } from '../ui/time';
import { clock, day, HERE } from '../ui/times';
import { say } from '../ui/toast';
import { faultOf, linesIn, type MaintenanceWindow } from './view';

const { window: words } = silences;
type Kind = 'once' | 'repeat';
type Occurrence = Awaited<ReturnType<typeof ports.alerts.previewMaintenance>>['occurrences'][number];

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** An instant as the value of a field with local time. */
const localOf = (instant: number): string =>
  new Date(instant - new Date(instant).getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
const instantIn = (form: FormData, name: string): string => new Date(textIn(form, name)).toISOString();
const nextHour = (): number => Math.ceil(Date.now() / HOUR_MS) * HOUR_MS;

const recurrenceIn = (form: FormData) => ({
  rrule: textIn(form, 'recurrence.rrule'),
  time_zone: textIn(form, 'recurrence.time_zone'),
  starts_at: textIn(form, 'recurrence.starts_at').slice(0, 16),
  duration_minutes: Number(textIn(form, 'recurrence.duration_minutes')),
});

const NAMES = ['span', 'span.starts_at', 'span.ends_at', 'recurrence.rrule', 'recurrence.time_zone'];
const MORE = ['recurrence.starts_at', 'recurrence.duration_minutes', 'services', 'matchers'];
const NUMBERED = ['services', 'matchers'].flatMap((name) => Array.from({ length: 20 }, (_, n) => `${name}.${n}`));

/** The dialog for a new maintenance window and for changes of one. */
export function WindowDialog({ of, onClose }: { of?: MaintenanceWindow; onClose(): void }) {
  const [kind, setKind] = useState<Kind>(of?.recurrence ? 'repeat' : 'once');
  const act = async (form: FormData) => {
    const input = {
      name: textIn(form, 'name'),
      services: textIn(form, 'services')
        .split(',')
        .map((service) => service.trim())
        .filter((service) => service !== ''),
      matchers: linesIn(textIn(form, 'matchers')),
      ...(kind === 'once'
        ? { span: { starts_at: instantIn(form, 'span.starts_at'), ends_at: instantIn(form, 'span.ends_at') } }
        : { recurrence: recurrenceIn(form) }),
    };
    const { name } = of
      ? await ports.alerts.updateMaintenanceWindow({ id: of.id, ...input })
      : await ports.alerts.createMaintenanceWindow(input);
    say(of ? words.saved(name) : words.done(name));
  };
  return (
    <FormDialog
      title={of ? words.edit(of.name) : words.add}
      verb={of ? words.editVerb : words.addVerb}
      onClose={onClose}
      act={act}
      names={[...NAMES, ...MORE, ...NUMBERED]}
      fields={[
        {
          ...{ name: 'name', label: words.name, required: true, maxLength: 255, autocomplete: 'off' },
          defaultValue: of?.name ?? '',
        },
      ]}
    >
      {(errors) => (
        <>
          <What of={of} errors={errors} />
          <SelectField
            {...{ label: words.kind, name: 'kind', value: kind }}
            choices={(['once', 'repeat'] as const).map((value) => ({ value, text: words.kinds[value] }))}
            onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => setKind(currentTarget.value as Kind)}
          />
          {kind === 'once' ? <Once of={of} errors={errors} /> : <Repeat of={of} errors={errors} />}
        </>
      )}
    </FormDialog>
  );
}

interface Part {
  of: MaintenanceWindow | undefined;
  errors: Readonly<Record<string, string>>;
}

const What = ({ of, errors }: Part) => (
  <>
    <FormFields
      of={[
        {
          ...{ name: 'services', label: words.services, hint: words.servicesHint, optional: true, autocomplete: 'off' },
          defaultValue: of?.services.join(', ') ?? '',
        },
      ]}
      errors={{ services: faultOf(errors, 'services') ?? '' }}
    />
    <AreaField
      {...{ label: words.matchers, name: 'matchers', hint: words.matchersHint, optional: true, rows: 2 }}
      spellcheck={false}
      defaultValue={of?.matchers.join('\n') ?? ''}
      fault={faultOf(errors, 'matchers')}
    />
  </>
);

function Once({ of, errors }: Part) {
  const from = of?.span ? Date.parse(of.span.starts_at) : nextHour();
  const to = of?.span ? Date.parse(of.span.ends_at) : from + 2 * HOUR_MS;
  const field = (name: string, label: string, at: number): FormField => ({
    ...{ name, label, type: 'datetime-local', required: true, defaultValue: localOf(at) },
  });
  return (
    <FormFields
      of={[field('span.starts_at', words.starts, from), field('span.ends_at', words.ends, to)]}
      errors={{ ...errors, 'span.ends_at': errors['span.ends_at'] ?? errors['span'] ?? '' }}
    />
  );
}

function Repeat({ of, errors }: Part) {
  const [next, setNext] = useState<Occurrence[] | null>(null);
  const asking = useSubmitting();
  const recurrence = of?.recurrence;
  const fields: FormField[] = [
    {
      ...{ name: 'recurrence.rrule', label: words.rrule, hint: words.rruleHint, required: true, maxLength: 500 },
      ...{ autocomplete: 'off', spellcheck: false, defaultValue: recurrence?.rrule ?? 'FREQ=WEEKLY' },
    },
    {
      ...{ name: 'recurrence.starts_at', label: words.first, type: 'datetime-local', required: true },
      defaultValue: recurrence?.starts_at ?? localOf(nextHour()),
    },
    {
      ...{ name: 'recurrence.duration_minutes', label: words.minutes, type: 'number', min: 1, max: 10_080 },
      ...{ required: true, inputmode: 'numeric', defaultValue: String(recurrence?.duration_minutes ?? 120) },
    },
    {
      ...{ name: 'recurrence.time_zone', label: words.zone, required: true, maxLength: 100, autocomplete: 'off' },
      defaultValue: recurrence?.time_zone ?? HERE,
    },
  ];
  const preview = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const form = currentTarget.closest('form');
    if (form === null) return;
    void asking.submit(async () => {
      setNext((await ports.alerts.previewMaintenance(recurrenceIn(new FormData(form)))).occurrences);
    });
  };
  const faults = Object.fromEntries(Object.entries(asking.faults).map(([path, text]) => [`recurrence.${path}`, text]));
  return (
    <>
      <FormFields of={fields} errors={{ ...errors, ...faults }} />
      <Refusal of={asking} fields={Object.keys(asking.faults)} />
      <div class="acts">
        <Button small busy={asking.busy} onClick={preview}>
          {words.preview}
        </Button>
      </div>
      {next && asking.problem === null && (
        <ol class="small second" aria-label={words.next}>
          {next.map(({ starts_at, ends_at }) => (
            <li key={starts_at}>
              <At at={starts_at}>{`${day(starts_at)} ${clock(starts_at)}`}</At> – {clock(ends_at)}
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

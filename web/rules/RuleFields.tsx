import { type FieldErrors, type FormField, FormFields } from '../live/formFields';
import type { Restriction } from '../oncall/schedule/draft';
import { Windows } from '../oncall/schedule/Windows';
import { faultOf } from '../silences/view';
import { rules } from '../text/rules';
import { SEVERITY_CHOICES } from '../ui/choices';
import { AreaField, Tick } from '../ui/field';
import { HERE } from '../ui/times';
import type { Draft } from './view';

const { dialog: words } = rules;

/** The parts of the form of a rule: what matches, when, and what it sets. */
export interface Part {
  /** The rule to change; absent for a new one. */
  of: Draft | undefined;
  errors: FieldErrors;
}

export const When = ({ of, errors }: Part) => (
  <AreaField
    {...{ label: words.when, name: 'when', hint: words.whenHint, rows: 3, spellcheck: false, optional: true }}
    defaultValue={of?.when.join('\n') ?? ''}
    fault={faultOf(errors, 'when')}
  />
);

interface DuringProps extends Part {
  hours: readonly Restriction[];
  onHours(hours: Restriction[]): void;
}

export const During = ({ of, errors, hours, onHours }: DuringProps) => {
  const fault = faultOf(errors, 'during.restrictions');
  const zone: FormField = {
    ...{ name: 'during.time_zone', label: words.zone, required: true, maxLength: 100, autocomplete: 'off' },
    defaultValue: of?.during?.time_zone ?? HERE,
  };
  return (
    <>
      <Windows of={hours} texts={words.times} onChange={onHours} />
      {fault && <p class="fault">{fault}</p>}
      {hours.length > 0 && <FormFields of={[zone]} errors={errors} />}
    </>
  );
};

const labelLines = (labels: Record<string, string> | undefined): string =>
  Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

export function Then({ of, errors }: Part) {
  const set = of?.then.set;
  const line = (name: 'service' | 'title', label: string): FormField => ({
    ...{ name: `then.set.${name}`, label, optional: true, maxLength: 500, autocomplete: 'off' },
    ...{ spellcheck: false, defaultValue: set?.[name] ?? '' },
  });
  return (
    <fieldset class="stack">
      <legend class="label">{words.actions}</legend>
      <Tick name="then.drop" defaultChecked={of?.then.drop ?? false} label={words.drop} />
      <p class="hint">{words.setHint}</p>
      <FormFields
        of={[
          line('service', words.service),
          {
            ...{ kind: 'select', name: 'then.set.severity', label: words.severity, value: set?.severity ?? '' },
            choices: [{ value: '', text: words.unchanged }, ...SEVERITY_CHOICES],
          },
          line('title', words.title),
          {
            ...{ kind: 'area', name: 'then.set.labels', label: words.labels, hint: words.labelsHint, optional: true },
            ...{ rows: 2, spellcheck: false, defaultValue: labelLines(set?.labels) },
          },
        ]}
        errors={{ ...errors, 'then.set.labels': faultOf(errors, 'then.set.labels') ?? '' }}
      />
    </fieldset>
  );
}

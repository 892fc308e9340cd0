import { useState } from 'preact/hooks';
import { type FormField, FormFields } from '../live/formFields';
import { ports } from '../ports';
import { rules } from '../text/rules';
import { SelectField } from '../ui/field';
import { useQuery } from '../useQuery';
import type { Part } from './RuleFields';

const { dialog: words } = rules;
const GROUPS = Object.entries(words.groups).map(([kind, text]) => ({ value: kind === 'default' ? '' : kind, text }));
const PAGES = Object.entries(words.pages).map(([page, text]) => ({ value: page === 'keep' ? '' : page, text }));

const number = (name: string, label: string, value: number | undefined, most: number, hint?: string): FormField => ({
  ...{ name, label, hint, type: 'number', min: 1, max: most, optional: true, inputmode: 'numeric' },
  defaultValue: value === undefined ? '' : String(value),
});

/** The fields for the team that is paged, and for what one incident holds. */
export function Route({ of, errors }: Part) {
  const then = of?.then;
  const group = then?.group_by;
  const [kind, setKind] = useState<string>(group?.kind ?? '');
  const teams = useQuery('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const suggestions = (teams.value ?? []).map(({ team }) => ({ value: team }));
  const text = { optional: true, autocomplete: 'off', spellcheck: false } as const;
  const labels: FormField = {
    ...{ ...text, optional: false, name: 'then.group_by.labels', label: words.groupLabels, required: true },
    ...{ hint: words.groupLabelsHint, defaultValue: group?.kind === 'labels' ? group.labels.join(', ') : '' },
  };
  return (
    <fieldset class="stack">
      <legend class="label">{words.route}</legend>
      <FormFields
        of={[
          {
            ...{ ...text, suggestions, name: 'then.set.team', label: words.team, hint: words.teamHint },
            defaultValue: then?.set.team ?? '',
          },
          {
            ...{ ...text, suggestions, name: 'then.set.policy', label: words.policy, hint: words.policyHint },
            defaultValue: then?.set.policy ?? '',
          },
        ]}
        errors={errors}
      />
      <SelectField
        {...{ label: words.group, name: 'then.group_by', value: kind, choices: GROUPS }}
        fault={errors['then.group_by']}
        onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => setKind(currentTarget.value)}
      />
      {kind === 'labels' && <FormFields of={[labels]} errors={errors} />}
      <FormFields
        of={[
          number('then.window_minutes', words.window, then?.window_minutes, 10_080, words.windowHint),
          {
            ...{ kind: 'select', name: 'then.page', label: words.page, choices: PAGES },
            value: then?.page === undefined ? '' : then.page ? 'yes' : 'no',
          },
          {
            ...{ ...text, name: 'then.room', label: words.room, hint: words.roomHint, maxLength: 500 },
            defaultValue: then?.room ?? '',
          },
        ]}
        errors={errors}
      />
    </fieldset>
  );
}

/** The fields for what an alert waits for. */
export const Holds = ({ of, errors }: Part) => {
  const then = of?.then;
  return (
    <fieldset class="stack">
      <legend class="label">{words.holds}</legend>
      <FormFields
        of={[
          number('then.threshold.count', words.count, then?.threshold?.count, 1_000),
          number('then.threshold.within_minutes', words.within, then?.threshold?.within_minutes, 1_440),
          number('then.delay_minutes', words.delay, then?.delay_minutes, 1_440, words.delayHint),
        ]}
        errors={errors}
      />
    </fieldset>
  );
};

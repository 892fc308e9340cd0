import { useState } from 'preact/hooks';
import { Problem } from '../../src/kernel/ports/problem';
import { FormDialog } from '../live/forms';
import type { Restriction } from '../oncall/schedule/draft';
import { ports, problemOf } from '../ports';
import { rules } from '../text/rules';
import { Tick } from '../ui/field';
import { say } from '../ui/toast';
import { draftIn, NAMES } from './form';
import { Holds, Route } from './RouteFields';
import { During, Then, When } from './RuleFields';
import { TryDraft } from './TryDraft';
import type { Rule } from './view';

const { dialog: words } = rules;

interface RuleDialogProps {
  /** The rule to change; absent for a new one. */
  of?: Rule;
  /** The stored rules, in their order. */
  rules: readonly Rule[];
  onClose(): void;
}

/** The dialog for a new rule and for changes of one. */
export function RuleDialog({ of, rules: stored, onClose }: RuleDialogProps) {
  const before = of?.during?.restrictions ?? [];
  const [hours, setHours] = useState<readonly Restriction[]>(before);
  const act = async (form: FormData) => {
    const draft = draftIn(form, hours);
    if (of === undefined) await ports.alerts.createRule(draft);
    else await update({ ...draft, id: of.id, if_match: `"${of.updated_at}"` });
    say((of ? words.saved : words.added)(draft.name));
  };
  return (
    <FormDialog
      title={of ? words.edit(of.name) : words.add}
      verb={of ? words.editVerb : words.addVerb}
      onClose={onClose}
      act={act}
      changed={hours !== before}
      names={NAMES}
      fields={[
        {
          ...{ name: 'name', label: words.name, hint: words.nameHint, required: true, maxLength: 255 },
          ...{ autocomplete: 'off', defaultValue: of?.name ?? '' },
        },
      ]}
    >
      {(errors) => (
        <>
          <When of={of} errors={errors} />
          <During of={of} errors={errors} hours={hours} onHours={setHours} />
          <Then of={of} errors={errors} />
          <Route of={of} errors={errors} />
          <Holds of={of} errors={errors} />
          <Tick name="stop" defaultChecked={of?.stop ?? false} label={words.stop} />
          <Tick name="enabled" defaultChecked={of?.enabled ?? true} label={words.enabled} />
          <TryDraft rules={stored} of={of} read={(form) => draftIn(form, hours)} />
        </>
      )}
    </FormDialog>
  );
}

/** @throws Problem `stale` with the next step, if another person changed the rule */
async function update(input: Parameters<typeof ports.alerts.updateRule>[0]): Promise<void> {
  try {
    await ports.alerts.updateRule(input);
  } catch (error) {
    const problem = problemOf(error);
    throw problem.kind === 'stale' ? new Problem('stale', rules.conflict) : problem;
  }
}

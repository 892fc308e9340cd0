import type { Incident } from '../../src/incidents/contract';
import { FormDialog, textIn } from '../live/forms';
import { usePeople } from '../people';
import { ports } from '../ports';
import { incident as words } from '../text/incident';
import { parts } from '../text/parts';
import { SEVERITY_CHOICES } from '../ui/choices';
import { SelectField, TextField } from '../ui/field';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { lead } from './incidentActions';

/** What is asked before an incident is handed on, put off or rated anew; each can be undone. */
interface Props {
  of: Incident;
  onClose(): void;
}

/** Says what was done, with Undo. */
const sayUndoable = (id: string, done: string): void => say(done, () => void lead(id, 'undo'));

export function Reassign({ of, onClose }: Props) {
  const people = usePeople();
  const act = async (form: FormData) => {
    const { assigned_to } = await ports.incidents.update({ id: of.id, assigned_to: textIn(form, 'assigned_to') });
    sayUndoable(of.id, words.reassigned(assigned_to ?? parts.nobody));
  };
  return (
    <FormDialog
      title={words.reassignTitle}
      verb={words.reassignVerb}
      fields={['assigned_to']}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          <TextField
            label={words.reassignLabel}
            name="assigned_to"
            hint={words.reassignHint}
            fault={faults['assigned_to']}
            required
            maxLength={255}
            list="people-to-take-it"
            autocomplete="off"
            autofocus
          />
          <datalist id="people-to-take-it">
            {(people.value ?? []).map(({ name, email }) => (
              <option value={email}>{name}</option>
            ))}
          </datalist>
        </>
      )}
    </FormDialog>
  );
}

const LENGTHS = Object.entries(words.snoozeFor).map(([value, text]) => ({ value, text }));

export function Snooze({ of: { id }, onClose }: Props) {
  const act = async (form: FormData) => {
    const reason = textIn(form, 'reason');
    const minutes = Number(form.get('minutes'));
    const { snoozed_until } = await ports.incidents.snooze({ id, minutes, ...(reason !== '' && { reason }) });
    const until = snoozed_until === null ? '' : when(snoozed_until);
    sayUndoable(id, words.snoozed(until));
  };
  return (
    <FormDialog
      title={words.snoozeTitle}
      verb={words.snoozeVerb}
      fields={['minutes', 'reason']}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          <p class="second">{words.snoozeText}</p>
          <SelectField
            label={words.snoozeLabel}
            name="minutes"
            fault={faults['minutes']}
            value="60"
            choices={LENGTHS}
          />
          <TextField label={words.snoozeReason} name="reason" fault={faults['reason']} optional maxLength={500} />
        </>
      )}
    </FormDialog>
  );
}

export const Rate = ({ of, onClose }: Props) => (
  <FormDialog
    title={words.rateTitle}
    verb={words.rateVerb}
    fields={['severity']}
    onClose={onClose}
    act={async (form) => {
      const { severity } = await ports.incidents.update({ id: of.id, severity: textIn(form, 'severity') });
      sayUndoable(of.id, words.rated(parts.severity[severity].toLowerCase()));
    }}
  >
    {(faults) => (
      <SelectField
        label={words.facts.severity}
        name="severity"
        fault={faults['severity']}
        value={of.severity}
        choices={SEVERITY_CHOICES}
      />
    )}
  </FormDialog>
);

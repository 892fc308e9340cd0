import type { Incident } from '../../src/incidents/contract';
import { FormDialog, textIn } from '../live/forms';
import { usePeople } from '../people';
import { ports } from '../ports';
import { incident as words } from '../text/incident';
import { parts } from '../text/parts';
import { SEVERITY_CHOICES } from '../ui/choices';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { lead } from './incidentActions';

/** The dialogs that reassign an incident, snooze it or change its severity; each change can be undone. */
interface Props {
  of: Incident;
  onClose(): void;
}

/** Shows the result, with an Undo button. */
const sayUndoable = (id: string, done: string): void => say(done, () => void lead(id, 'undo'));

export function Reassign({ of, onClose }: Props) {
  const people = usePeople().value ?? [];
  const act = async (form: FormData) => {
    const { assigned_to } = await ports.incidents.update({ id: of.id, assigned_to: textIn(form, 'assigned_to') });
    sayUndoable(of.id, words.reassigned(assigned_to ?? parts.nobody));
  };
  return (
    <FormDialog
      title={words.reassignTitle}
      verb={words.reassignVerb}
      onClose={onClose}
      act={act}
      fields={[
        {
          name: 'assigned_to',
          label: words.reassignLabel,
          hint: words.reassignHint,
          suggestions: people.map(({ name, email }) => ({ value: email, text: name })),
          required: true,
          maxLength: 255,
          autofocus: true,
        },
      ]}
    />
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
      text={words.snoozeText}
      onClose={onClose}
      act={act}
      fields={[
        { kind: 'select', name: 'minutes', label: words.snoozeLabel, value: '60', choices: LENGTHS },
        { name: 'reason', label: words.snoozeReason, optional: true, maxLength: 500 },
      ]}
    />
  );
}

export const Rate = ({ of, onClose }: Props) => (
  <FormDialog
    title={words.rateTitle}
    verb={words.rateVerb}
    onClose={onClose}
    act={async (form) => {
      const { severity } = await ports.incidents.update({ id: of.id, severity: textIn(form, 'severity') });
      sayUndoable(of.id, words.rated(parts.severity[severity].toLowerCase()));
    }}
    fields={[
      {
        kind: 'select',
        name: 'severity',
        label: words.facts.severity,
        value: of.severity,
        choices: SEVERITY_CHOICES,
      },
    ]}
  />
);

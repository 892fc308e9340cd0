import { useState } from 'preact/hooks';
import type { Incident } from '../../src/incidents/contract';
import type { Problem } from '../../src/kernel/problem';
import { useAsked } from '../asking';
import { ProblemBanner } from '../live/problems';
import { faultsOf, ports, problemOf } from '../ports';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/field';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { incident as words } from '../words/incident';
import { parts } from '../words/parts';

/** What is asked before an incident is handed on, put off or rated anew. */
interface Props {
  of: Incident;
  onClose(): void;
}

function useSending(onClose: () => void) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (ask: () => Promise<string>) => {
    setBusy(true);
    try {
      say(await ask());
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return { problem, busy, send, faults: problem ? faultsOf(problem) : {} };
}

const textIn = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();

export function Reassign({ of, onClose }: Props) {
  const { problem, busy, send, faults } = useSending(onClose);
  const people = useAsked('people', () => ports.oncall.people({}));
  const submit = (form: FormData) =>
    void send(async () => {
      const { assigned_to } = await ports.incidents.update({ id: of.id, assigned_to: textIn(form, 'assigned_to') });
      return words.reassigned(assigned_to ?? parts.nobody);
    });
  return (
    <Dialog title={words.reassignTitle} verb={words.reassignVerb} busy={busy} onClose={onClose} onSubmit={submit}>
      {problem && !faults['assigned_to'] && <ProblemBanner problem={problem} />}
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
    </Dialog>
  );
}

export function Snooze({ of, onClose }: Props) {
  const { problem, busy, send, faults } = useSending(onClose);
  const submit = (form: FormData) =>
    void send(async () => {
      const reason = textIn(form, 'reason');
      const { snoozed_until } = await ports.incidents.snooze({
        id: of.id,
        minutes: Number(form.get('minutes')),
        ...(reason !== '' && { reason }),
      });
      return words.snoozed(snoozed_until === null ? '' : when(snoozed_until));
    });
  return (
    <Dialog title={words.snoozeTitle} verb={words.snoozeVerb} busy={busy} onClose={onClose} onSubmit={submit}>
      {problem && <ProblemBanner problem={problem} />}
      <p class="second">{words.snoozeText}</p>
      <SelectField
        label={words.snoozeLabel}
        name="minutes"
        fault={faults['minutes']}
        value="60"
        choices={Object.entries(words.snoozeFor).map(([value, text]) => ({ value, text }))}
      />
      <TextField label={words.snoozeReason} name="reason" fault={faults['reason']} optional maxLength={500} />
    </Dialog>
  );
}

export function Rate({ of, onClose }: Props) {
  const { problem, busy, send } = useSending(onClose);
  const submit = (form: FormData) =>
    void send(async () => {
      const { severity } = await ports.incidents.update({ id: of.id, severity: textIn(form, 'severity') });
      return words.rated(parts.severity[severity].toLowerCase());
    });
  return (
    <Dialog title={words.rateTitle} verb={words.rateVerb} busy={busy} onClose={onClose} onSubmit={submit}>
      {problem && <ProblemBanner problem={problem} />}
      <SelectField
        label={words.facts.severity}
        name="severity"
        value={of.severity}
        choices={Object.entries(parts.severity).map(([value, text]) => ({ value, text }))}
      />
    </Dialog>
  );
}

import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Problem } from '../../src/kernel/problem';
import { useAsked } from '../asking';
import { ProblemBanner } from '../live/problems';
import { faultsOf, ports, problemOf } from '../ports';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/field';
import { useUnsavedGuard } from '../ui/page';
import { say } from '../ui/toast';
import { newIncident as words } from '../words/newIncident';
import { parts } from '../words/parts';
import { creating } from './creating';
import { hrefOfIncident } from './rows';

const SEVERITIES = Object.entries(parts.severity).map(([value, text]) => ({ value, text }));

/** Opens an incident by hand; the server says which field is at fault. */
export function NewIncident() {
  const { route } = useLocation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [touched, setTouched] = useState(false);
  const services = useAsked('services', () => ports.oncall.services({}));
  const people = useAsked('people', () => ports.oncall.people({}));
  useUnsavedGuard(touched);
  const faults = problem ? faultsOf(problem) : {};
  const close = () => (creating.value = null);
  const submit = async (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? '').trim();
    setBusy(true);
    try {
      const { id, title } = await ports.incidents.create({
        title: text('title'),
        service: text('service'),
        severity: text('severity'),
        ...(text('assigned_to') !== '' && { assigned_to: text('assigned_to') }),
      });
      close();
      say(words.opened(title));
      route(hrefOfIncident(id));
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.title} verb={words.verb} busy={busy} onClose={close} onSubmit={submit}>
      {problem && Object.keys(faults).length === 0 && <ProblemBanner problem={problem} />}
      <div class="stack" onInput={() => setTouched(true)}>
        <TextField
          label={words.what}
          name="title"
          fault={faults['title']}
          placeholder={words.whatHint}
          required
          maxLength={500}
          autofocus
        />
        <TextField
          label={words.service}
          name="service"
          fault={faults['service']}
          hint={words.serviceHint}
          required
          maxLength={255}
          list="known-services"
          autocomplete="off"
          value={creating.value?.service ?? ''}
        />
        <datalist id="known-services">
          {(services.value ?? []).map(({ service, team }) => (
            <option value={service}>{team}</option>
          ))}
        </datalist>
        <SelectField
          label={words.severity}
          name="severity"
          fault={faults['severity']}
          choices={SEVERITIES}
          value="high"
        />
        <TextField
          label={words.assignee}
          name="assigned_to"
          fault={faults['assigned_to']}
          hint={words.assigneeHint}
          optional
          maxLength={255}
          list="known-people"
          autocomplete="off"
        />
        <datalist id="known-people">
          {(people.value ?? []).map(({ name, email }) => (
            <option value={email}>{name}</option>
          ))}
        </datalist>
      </div>
    </Dialog>
  );
}

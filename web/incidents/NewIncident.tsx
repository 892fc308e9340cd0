import { useLocation } from 'preact-iso';
import { ServiceField, SeverityField } from '../live/fields';
import { FormDialog, textIn } from '../live/forms';
import { usePeople } from '../people';
import { ports } from '../ports';
import { newIncident as words } from '../text/newIncident';
import { TextField } from '../ui/field';
import { say } from '../ui/toast';
import { hrefOfIncident } from './cells';
import { creating } from './newIncidentDialog';

/** Opens an incident by hand; the server says which field is at fault. */
export function NewIncident() {
  const { route } = useLocation();
  const people = usePeople();
  const act = async (form: FormData) => {
    const assignee = textIn(form, 'assigned_to');
    const { id, title } = await ports.incidents.create({
      title: textIn(form, 'title'),
      service: textIn(form, 'service'),
      severity: textIn(form, 'severity'),
      ...(assignee !== '' && { assigned_to: assignee }),
    });
    say(words.created(title));
    route(hrefOfIncident(id));
  };
  return (
    <FormDialog
      title={words.title}
      verb={words.verb}
      fields={['title', 'service', 'severity', 'assigned_to']}
      onClose={() => (creating.value = null)}
      act={act}
    >
      {(faults) => (
        <>
          <TextField
            label={words.what}
            name="title"
            fault={faults['title']}
            placeholder={words.whatHint}
            required
            maxLength={500}
            autofocus
          />
          <ServiceField
            label={words.service}
            hint={words.serviceHint}
            value={creating.value?.service ?? ''}
            faults={faults}
          />
          <SeverityField label={words.severity} faults={faults} />
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
        </>
      )}
    </FormDialog>
  );
}

import { useLocation } from 'preact-iso';
import { severityField, useServiceField } from '../live/fields';
import { FormDialog, textIn } from '../live/forms';
import { usePeople } from '../people';
import { ports } from '../ports';
import { newIncident as words } from '../text/newIncident';
import { say } from '../ui/toast';
import { hrefOfIncident } from './cells';
import { creating } from './newIncidentDialog';

/** The dialog that opens an incident by hand. */
export function NewIncident() {
  const { route } = useLocation();
  const people = usePeople().value ?? [];
  const service = useServiceField({
    label: words.service,
    hint: words.serviceHint,
    defaultValue: creating.value?.service ?? '',
  });
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
      onClose={() => (creating.value = null)}
      act={act}
      fields={[
        {
          ...{ name: 'title', label: words.what, placeholder: words.whatHint },
          ...{ required: true, maxLength: 500, autofocus: true },
        },
        service,
        severityField(words.severity),
        {
          ...{ name: 'assigned_to', label: words.assignee, hint: words.assigneeHint, optional: true, maxLength: 255 },
          suggestions: people.map(({ name, email }) => ({ value: email, text: name })),
        },
      ]}
    />
  );
}

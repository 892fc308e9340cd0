import { invalid } from '../../src/kernel/problem';
import { useAsked } from '../asking';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { AreaField, SelectField, TextField } from '../ui/field';
import { say } from '../ui/toast';
import { alerts } from '../words/alerts';
import { parts } from '../words/parts';
import { labelsIn } from './labels';

const { test: words } = alerts;
const SEVERITIES = Object.entries(parts.severity).map(([value, text]) => ({ value, text }));
const SOURCES = ['manual', 'prometheus', 'grafana', 'datadog', 'cloudwatch', 'pagerduty'];

/** Reports a condition as a tool would: whoever is on call for the service is really paged. */
export function TestAlert({ onClose }: { onClose(): void }) {
  const services = useAsked('services', () => ports.oncall.services({}));
  const act = async (form: FormData) => {
    const labels = labelsIn(String(form.get('labels') ?? ''));
    if (labels === null) throw invalid([{ path: 'labels', message: words.labelsFault }]);
    const { deduplicated, action } = await ports.alerts.receive({
      service: textIn(form, 'service'),
      severity: textIn(form, 'severity'),
      message: textIn(form, 'message'),
      source: textIn(form, 'source'),
      labels,
    });
    say(deduplicated ? words.again : action === 'new_incident' ? words.opened : words.joined);
  };
  return (
    <FormDialog
      title={words.title}
      verb={words.verb}
      fields={['service', 'severity', 'message', 'source', 'labels']}
      onClose={onClose}
      act={act}
    >
      {(faults) => (
        <>
          <TextField
            label={words.service}
            name="service"
            hint={words.serviceHint}
            fault={faults['service']}
            required
            maxLength={255}
            list="test-services"
            autocomplete="off"
          />
          <datalist id="test-services">
            {(services.value ?? []).map(({ service, team }) => (
              <option value={service}>{team}</option>
            ))}
          </datalist>
          <SelectField
            label={words.severity}
            name="severity"
            fault={faults['severity']}
            choices={SEVERITIES}
            value="low"
          />
          <TextField
            label={words.message}
            name="message"
            fault={faults['message']}
            defaultValue={words.messageText}
            required
            maxLength={2000}
          />
          <SelectField
            label={words.source}
            name="source"
            fault={faults['source']}
            choices={SOURCES.map((value) => ({ value, text: value }))}
            value="manual"
          />
          <AreaField
            label={words.labels}
            name="labels"
            rows={2}
            hint={words.labelsHint}
            fault={faults['labels']}
            optional
            spellcheck={false}
          />
        </>
      )}
    </FormDialog>
  );
}

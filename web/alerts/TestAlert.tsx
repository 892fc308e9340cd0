import { invalid } from '../../src/kernel/ports/problem';
import { ServiceField, SeverityField } from '../live/fields';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { alerts } from '../text/alerts';
import { AreaField, SelectField, TextField } from '../ui/field';
import { say } from '../ui/toast';
import { labelsIn } from './labels';

const { test: words } = alerts;
const SOURCES = ['manual', 'prometheus', 'grafana', 'datadog', 'cloudwatch', 'pagerduty'];

/** Reports a condition as a tool would: whoever is on call for the service is really paged. */
export function TestAlert({ onClose }: { onClose(): void }) {
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
          <ServiceField label={words.service} hint={words.serviceHint} faults={faults} />
          <SeverityField label={words.severity} value="low" faults={faults} />
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

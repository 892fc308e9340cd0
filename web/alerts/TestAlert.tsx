import { invalid } from '../../src/kernel/ports/problem';
import { severityField, useServiceField } from '../live/fields';
import { FormDialog, textIn } from '../live/forms';
import { ports } from '../ports';
import { alerts } from '../text/alerts';
import { say } from '../ui/toast';
import { labelsIn } from './labels';

const { test: words } = alerts;
const SOURCES = ['manual', 'prometheus', 'grafana', 'datadog', 'cloudwatch', 'pagerduty'];
const SOURCE_CHOICES = SOURCES.map((value) => ({ value, text: value }));

/** The dialog that sends a test alert as a tool would: the on-call responder of the service is paged for real. */
export function TestAlert({ onClose }: { onClose(): void }) {
  const service = useServiceField({ label: words.service, hint: words.serviceHint });
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
      onClose={onClose}
      act={act}
      fields={[
        service,
        severityField(words.severity, 'low'),
        {
          ...{ name: 'message', label: words.message, defaultValue: words.messageText },
          ...{ required: true, maxLength: 2000 },
        },
        { kind: 'select', name: 'source', label: words.source, choices: SOURCE_CHOICES, value: 'manual' },
        {
          ...{ kind: 'area', name: 'labels', label: words.labels, hint: words.labelsHint },
          ...{ rows: 2, optional: true, spellcheck: false },
        },
      ]}
    />
  );
}

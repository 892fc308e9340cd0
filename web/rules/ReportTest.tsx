import { useState } from 'preact/hooks';
import { invalid } from '../../src/kernel/ports/problem';
import { DecisionSteps } from '../alerts/Decision';
import { labelsIn, labelsOf } from '../alerts/labels';
import { severityField, useServiceField } from '../live/fields';
import { type FieldErrors, FormFields } from '../live/formFields';
import { Refusal, textIn, useSubmitting } from '../live/forms';
import { ports } from '../ports';
import { rules } from '../text/rules';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { SeverityMark } from '../ui/icons';
import type { Draft } from './view';

const { test: words } = rules;
type Result = Awaited<ReturnType<typeof ports.alerts.testRules>>;

/** @throws Problem `invalid` if a line of the labels is no label */
function reportIn(form: FormData) {
  const labels = labelsIn(String(form.get('report.labels') ?? ''));
  if (labels === null) throw invalid([{ path: 'report.labels', message: words.labelsFault }]);
  const report = {
    service: textIn(form, 'report.service'),
    severity: textIn(form, 'report.severity'),
    message: textIn(form, 'report.message'),
  };
  return { report: { ...report, labels }, integration: textIn(form, 'integration') };
}

const NAMES = ['report.service', 'report.severity', 'report.message', 'report.labels', 'integration'];

interface ReportFieldsProps {
  errors: FieldErrors;
  /** The form has another purpose too, so that it can be sent without a report. */
  optional?: boolean;
}

function ReportFields({ errors, optional = false }: ReportFieldsProps) {
  const service = useServiceField({ label: words.service, hint: '' });
  return (
    <FormFields
      of={[
        { ...service, name: 'report.service', required: !optional },
        { ...severityField(words.severity), name: 'report.severity' },
        {
          ...{ name: 'report.message', label: words.message, required: !optional },
          ...{ maxLength: 2_000, autocomplete: 'off' },
        },
        {
          ...{ kind: 'area', name: 'report.labels', label: words.labels, hint: words.labelsHint },
          ...{ rows: 2, optional: true, spellcheck: false },
        },
        {
          ...{ name: 'integration', label: words.integration, hint: words.integrationHint },
          ...{ optional: true, maxLength: 255, autocomplete: 'off' },
        },
      ]}
      errors={errors}
    />
  );
}

/** What the stored rules and mutes would do with a report; the dialog stays open for the next one. */
export function ReportTest({ onClose }: { onClose(): void }) {
  const [result, setResult] = useState<Result | null>(null);
  const asking = useSubmitting();
  const ask = (form: FormData) =>
    void asking.submit(async () => {
      setResult(null);
      setResult(await ports.alerts.testRules(reportIn(form)));
    });
  return (
    <Dialog title={words.title} verb={words.verb} busy={asking.busy} onClose={onClose} onSubmit={ask}>
      <p class="second">{words.text}</p>
      <Refusal of={asking} fields={NAMES} />
      <ReportFields errors={asking.faults} />
      <div role="status" class="stack">
        {result && <Outcome of={result} />}
      </div>
    </Dialog>
  );
}

/** In the dialog of a rule: what the rules would do with a report if its draft was saved. */
export function DraftReportTest({ draft }: { draft(form: FormData): Draft[] }) {
  const [result, setResult] = useState<Result | null>(null);
  const asking = useSubmitting();
  const ask = (form: FormData) =>
    void asking.submit(async () => {
      setResult(null);
      setResult(await ports.alerts.testRules({ ...reportIn(form), rules: draft(form) }));
    });
  return (
    <details>
      <summary>{words.title}</summary>
      <div class="stack">
        <p class="second">{words.text}</p>
        <Refusal of={asking} fields={NAMES} />
        <ReportFields errors={asking.faults} optional />
        <div class="acts">
          <Button
            small
            busy={asking.busy}
            onClick={({ currentTarget }) => ask(new FormData(currentTarget.closest('form') as HTMLFormElement))}
          >
            {words.verb}
          </Button>
        </div>
        <div role="status" class="stack">
          {result && <Outcome of={result} />}
        </div>
      </div>
    </details>
  );
}

const Outcome = ({ of }: { of: Result }) => (
  <section class="stack tight" aria-label={words.decision}>
    <h3>{words.results[of.result]}</h3>
    {of.decision.length === 0 ? <p class="second">{words.noDecision}</p> : <DecisionSteps of={of.decision} />}
    {of.result !== 'dropped' && (
      <p class="second">
        {words.becomes}: <SeverityMark of={of.severity} quiet /> {of.service}: {of.message}
      </p>
    )}
    {of.result !== 'dropped' && (
      <span class="tags">
        {labelsOf(of.labels).map((label) => (
          <code key={label}>{label}</code>
        ))}
      </span>
    )}
  </section>
);

import { useEffect, useRef, useState } from 'preact/hooks';
import { DecisionSteps } from '../alerts/Decision';
import { hrefOfIncident } from '../incidents/cells';
import { Refusal, textIn, useSubmitting } from '../live/forms';
import { type Ports, ports } from '../ports';
import { payloadTest as words } from '../text/payloadTest';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { AreaField } from '../ui/field';
import { SeverityMark } from '../ui/icons';
import { useQuery } from '../useQuery';

type Result = Awaited<ReturnType<Ports['alerts']['testIntegration']>>;
type Tried = Result['events'][number];

/** What a payload of an integration would do, up to the incident, the team and the policy. Nothing is stored. */
export function PayloadTest({ id, onClose }: { id: string; onClose(): void }) {
  const [result, setResult] = useState<Result | null>(null);
  const asking = useSubmitting();
  const field = useRef<HTMLDivElement>(null);
  const found = useQuery(`sample ${id}`, () => ports.alerts.sample({ id }));
  const sample = found.value?.sample?.payload;
  const fill = () => {
    const area = field.current?.querySelector('textarea');
    if (area && sample !== undefined) area.value = sample;
  };
  useEffect(() => {
    if (field.current?.querySelector('textarea')?.value === '') fill();
  }, [sample]);
  const ask = (form: FormData) =>
    void asking.submit(async () => {
      setResult(null);
      setResult(await ports.alerts.testIntegration({ id, payload: textIn(form, 'payload') }));
    });
  return (
    <Dialog title={words.title} verb={words.verb} busy={asking.busy} onClose={onClose} onSubmit={ask}>
      <p class="second">{words.text}</p>
      <Refusal of={asking} fields={['payload']} />
      <div ref={field}>
        <AreaField
          label={words.payload}
          name="payload"
          hint={words.payloadHint}
          fault={asking.faults['payload']}
          rows={8}
          required
          spellcheck={false}
        />
      </div>
      {sample !== undefined && (
        <div class="acts">
          <Button small onClick={fill}>
            {words.sample}
          </Button>
        </div>
      )}
      <div role="status" class="stack">
        {result?.events.length === 0 && <p>{words.none}</p>}
        {result?.events.map((event, at) => (
          <Event key={at} of={event} />
        ))}
        {result !== null && result.left_out > 0 && <p class="small second">{words.leftOut(result.left_out)}</p>}
      </div>
    </Dialog>
  );
}

const Event = ({ of }: { of: Tried }) => (
  <section class="stack tight" aria-label={of.message}>
    <h3>
      <SeverityMark of={of.severity} quiet /> {of.service}: {of.message}
    </h3>
    <p>{words.results[of.result]}</p>
    {of.decision.length > 0 && <DecisionSteps of={of.decision} />}
    {of.incident && (
      <ul class="small second">
        <li>{of.incident.id === null ? words.opens : <a href={hrefOfIncident(of.incident.id)}>{words.joins}</a>}</li>
        <li>{of.incident.team === null ? words.noTeam : words.team(of.incident.team)}</li>
        <li>{of.incident.policy === null ? words.noPolicy : words.policy(of.incident.policy)}</li>
      </ul>
    )}
  </section>
);

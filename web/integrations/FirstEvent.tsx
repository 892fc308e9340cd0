import { DecisionSteps } from '../alerts/Decision';
import { ports } from '../ports';
import { integrations } from '../text/integrations';
import { Banner, Card, Skeleton } from '../ui/card';
import { SeverityMark } from '../ui/icons';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import type { Integration } from './IntegrationsPage';

const { first: words } = integrations;

/** Whether the tool has reported an alert, and the first one. */
export function FirstEvent({ of }: { of: Integration }) {
  const { first_alert_id: id } = of;
  return (
    <Card title={words.title}>
      <div class="pad">{id === null ? <Waiting of={of} /> : <Arrived id={id} />}</div>
    </Card>
  );
}

const Waiting = ({ of }: { of: Integration }) => (
  <Banner>{of.last_seen_at === null ? integrations.waiting : words.noAlertYet}</Banner>
);

function Arrived({ id }: { id: string }) {
  const { value: alert, problem } = useQuery(`alert-${id}`, () => ports.alerts.get({ alert_id: id }));
  // It is deleted after its retention time.
  if (problem) return <p class="second">{words.gone}</p>;
  if (alert === undefined) return <Skeleton rows={1} />;
  return (
    <div class="stack tight">
      <div class="row wrap">
        <SeverityMark of={alert.severity} />
        <a href={`/alerts/${id}`}>{alert.message}</a>
        <span class="small muted dots">
          <span>{alert.service}</span>
          <Ago at={alert.created_at} />
        </span>
      </div>
      {alert.decision.length > 0 && <DecisionSteps of={alert.decision} />}
      <p class="small">
        {alert.incident_id === null ? (
          <span class="second">{words.noIncident}</span>
        ) : (
          <a href={`/incidents/${alert.incident_id}`}>{words.incident}</a>
        )}
      </p>
    </div>
  );
}

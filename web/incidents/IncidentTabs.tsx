import { SourceLinks } from '../alerts/SourceLinks';
import { Attempts, DeliveryBadge, reasonOf } from '../notify/delivery';
import { hrefOfPerson } from '../reach/hrefOfPerson';
import { happened, incident as words } from '../text/incident';
import { notifications } from '../text/notifications';
import { Empty, Skeleton } from '../ui/card';
import { SeverityMark } from '../ui/icons';
import { At } from '../ui/time';
import { clockSeconds, when } from '../ui/times';
import { type Deliveries, recipientName } from './deliveries';
import type { Whole } from './timelineSentence';

/** The contents of the tabs of an incident, without the timeline. */

/** The state of an alert: firing, ended, or firing although its incident is resolved. */
const Became = ({ of: alert }: { of: Whole['alerts'][number] }) => {
  const { alerts: said } = words;
  const resolved = alert.incident_state;
  if (resolved) return <>{said.firingResolved(resolved.resolved_by, when(resolved.resolved_at))}</>;
  if (alert.firing) return <>{said.firing}</>;
  const at = alert.ended_at ?? alert.created_at;
  return <At at={at}>{said.ended(when(at))}</At>;
};

export function Alerts({ of, small = false }: { of: Whole; small?: boolean }) {
  const { alerts: said } = words;
  if (of.alerts.length === 0) return <Empty title={said.none} />;
  const shown = small ? of.alerts.slice(0, 5) : of.alerts;
  const hidden = of.alerts_total - shown.length;
  const stillFiring = of.status === 'resolved' ? of.alerts_firing : 0;
  return (
    <>
      {stillFiring > 0 && <p class={small ? 'pad small second' : 'second'}>{said.stillFiring(stillFiring)}</p>}
      <ul class={small ? 'list' : 'list card'}>
        {shown.map((alert) => (
          <li key={alert.id}>
            <div class="grow stack tight">
              <div class="row">
                <SeverityMark of={alert.severity} quiet />
                <strong class={small ? 'clip' : 'grow'}>{alert.message}</strong>
                <span class="label end">
                  <Became of={alert} />
                </span>
              </div>
              <div class="tags">
                {Object.entries(alert.labels).map(([name, value]) => (
                  <code>
                    {name}={String(value)}
                  </code>
                ))}
              </div>
              {!small && alert.description !== null && <p class="second lines">{alert.description}</p>}
              {!small && <SourceLinks of={alert.links} />}
              {!small && (
                <details>
                  <summary class="small second">{said.payload}</summary>
                  <pre class="code" tabIndex={0} aria-label={said.payload}>
                    {JSON.stringify(alert, null, 2)}
                  </pre>
                </details>
              )}
            </div>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="pad small second">{said.more(hidden)}</p>}
    </>
  );
}

const { notice: noticeOf } = happened;

export function DeliveryList({ of, small = false }: { of: Deliveries | undefined; small?: boolean }) {
  if (of === undefined) return <Skeleton rows={2} />;
  if (of.length === 0) return <Empty title={words.notified.none} />;
  return (
    <ul class={small ? 'list small' : 'list card'}>
      {of.map((each) => (
        <li key={each.id}>
          <div class="grow">
            <div>
              {each.person?.email ? (
                <a href={hrefOfPerson(each.person.email)}>{recipientName(each)}</a>
              ) : (
                recipientName(each)
              )}{' '}
              <span class="muted">{notifications.channelTitle(each.channel)}</span>
            </div>
            <div class="label dots">
              <At at={each.created_at}>{clockSeconds(each.created_at)}</At>
              {each.outcome !== null && <span>{noticeOf[each.outcome]}</span>}
              {!small && each.recipient !== recipientName(each) && <span>{each.recipient}</span>}
              {each.reason !== null && <span>{reasonOf(each.reason)}</span>}
            </div>
            {!small && each.attempts.length > 0 && (
              <details class="small">
                <summary class="muted">{words.notified.attempts(each.attempts.length)}</summary>
                <Attempts of={each.attempts} />
              </details>
            )}
          </div>
          <DeliveryBadge channel={each.channel} status={each.status} />
        </li>
      ))}
    </ul>
  );
}

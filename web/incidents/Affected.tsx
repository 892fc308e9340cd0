import type { Incident } from '../../src/incidents/contract';
import { AlertState } from '../alerts/AlertState';
import { hrefOf, viewOf } from '../alerts/view';
import { ports } from '../ports';
import { upstream } from '../text/upstream';
import { Card } from '../ui/card';
import { SeverityMark } from '../ui/icons';
import { useQuery } from '../useQuery';

const { list: words } = upstream;
const MOST_SHOWN = 50;

/** Alerts of services that depend on the incident's service, by service; nothing if there are none. */
export function AffectedAlerts({ of }: { of: Pick<Incident, 'id'> }) {
  const { value } = useQuery(
    `affected by ${of.id}`,
    () => ports.alerts.list({ affected_by: of.id, per_page: MOST_SHOWN }),
    { modules: ['alerts'] },
  );
  if (value === undefined || value.alerts.length === 0) return null;
  const services = [...new Set(value.alerts.map(({ service }) => service))];
  return (
    <Card
      title={words.title}
      count={value.total}
      footer={
        value.total > value.alerts.length && (
          <a class="small" href={hrefOf({ ...viewOf({}), affected_by: of.id })}>
            {words.all}
          </a>
        )
      }
    >
      <p class="pad small second">{words.text}</p>
      <ul class="list small">
        {services.map((service) => (
          <li key={service}>
            <div class="grow stack tight">
              <div class="row">
                <a class="grow" href={`/services/${encodeURIComponent(service)}`}>
                  {service}
                </a>
                <span class="label">
                  {words.alerts(value.alerts.filter((each) => each.service === service).length)}
                </span>
              </div>
              {value.alerts
                .filter((each) => each.service === service)
                .map((alert) => (
                  <div key={alert.id} class="row wrap">
                    <SeverityMark of={alert.severity} quiet />
                    <a class="grow" href={`/alerts/${alert.id}`}>
                      {alert.message}
                    </a>
                    <AlertState of={alert} />
                  </div>
                ))}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

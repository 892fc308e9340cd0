import { useAsked } from '../asking';
import { hrefOfIncident } from '../incidents/rows';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { Card, Empty, Skeleton } from '../ui/card';
import { Person } from '../ui/marks';
import { Ago } from '../ui/time';
import { oncall } from '../words/oncall';

const { escalations: words } = oncall;
const SHOWN = 100;
const UUID = /^[0-9a-f-]{36}$/;

/** What was told to whom because a step was due, or because somebody asked for it; newest first. */
export function Escalations() {
  const list = useAsked('escalations', () => ports.oncall.escalations({ limit: SHOWN }), { modules: ['oncall'] });
  if (list.problem) return <ProblemBanner problem={list.problem} onAgain={list.again} />;
  if (!list.value) {
    return (
      <Card title={oncall.tabs.escalations} hideTitle>
        <Skeleton rows={6} />
      </Card>
    );
  }
  if (list.value.length === 0) {
    return (
      <Card title={oncall.tabs.escalations} hideTitle>
        <Empty title={words.none.title}>
          <p>{words.none.text}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card title={words.shown(list.value.length)} hideTitle>
      <table class="rows plain">
        <thead>
          <tr>
            <th scope="col">{words.columns.incident}</th>
            <th scope="col">{words.columns.told}</th>
            <th scope="col">{words.columns.team}</th>
            <th scope="col" class="num">
              {words.columns.at}
            </th>
          </tr>
        </thead>
        <tbody>
          {[...list.value]
            .reverse()
            .map(({ escalation_id, incident_id, reason, step, team, escalated_to, timestamp }) => (
              <tr key={escalation_id}>
                <td class="c-what">
                  {UUID.test(incident_id) ? (
                    <a class="t" href={hrefOfIncident(incident_id)}>
                      {reason}
                    </a>
                  ) : (
                    <span class="t">{reason}</span>
                  )}
                  <div class="small muted dots">
                    <span>{words.step(step)}</span>
                    <span class="mono">{incident_id.slice(0, 8)}</span>
                  </div>
                </td>
                <td class="c-who">
                  {escalated_to ? <Person name={escalated_to.name} /> : <span class="small muted">{words.nobody}</span>}
                </td>
                <td class="c-state small second">{team}</td>
                <td class="c-age num">
                  <Ago at={timestamp} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </Card>
  );
}

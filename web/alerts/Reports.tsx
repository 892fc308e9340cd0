import type { Alert } from '../../src/alerts/contract';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { alerts } from '../text/alerts';
import { Card, Skeleton } from '../ui/card';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { History } from './History';

const { one: words } = alerts;

/** The times of the reports, newest first, the first report last; beside them the texts of the alert. */
export function Reports({ of: { id, expired } }: { of: Alert }) {
  const asked = useQuery(`reports-${id}`, () => ports.alerts.reports({ alert_id: id }), { modules: ['alerts'] });
  const of = asked.value;
  const shownReports = of ? of.reports.reduce((sum, { reports }) => sum + reports, 0) + 1 : 0;
  return (
    <>
      <Card title={words.reports} count={of?.total}>
        {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
        {!of && !asked.problem && <Skeleton rows={2} />}
        {of && (
          <ul class="list">
            {of.reports.map(({ at, reports, reported_by }) => (
              <Line key={at} at={at} by={reported_by} text={reports > 1 ? words.report(reports) : words.again} />
            ))}
            {of.total > shownReports && <li class="small muted">{words.more(of.total - shownReports)}</li>}
            <Line at={of.first.at} by={of.first.reported_by} text={words.first} />
          </ul>
        )}
      </Card>
      {of && <History of={of.history} expired={expired} />}
    </>
  );
}

const Line = ({ at, by, text }: { at: string; by: string; text: string }) => (
  <li>
    <div class="grow">
      {text} <span class="small muted">{by}</span>
    </div>
    <span class="small second nowrap">
      <Ago at={at} />
    </span>
  </li>
);

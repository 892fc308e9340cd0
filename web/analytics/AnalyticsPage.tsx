import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { analytics as words } from '../text/analytics';
import { count, parts } from '../text/parts';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { SEVERITY_CHOICES } from '../ui/choices';
import { Chip, Segments } from '../ui/navigation';
import { Page } from '../ui/page';
import { day as dayName, span } from '../ui/times';
import { useQuery } from '../useQuery';
import { HeatLegend, HeatMap, heldOf, MOST_BARS, ServiceBars, SeverityShares, StatusBars } from './charts';
import { Figures } from './Figures';
import { LineChart } from './LineChart';
import { csvOf, type Day, hrefOf, isFiltered, questionOf, type Report, type Span, type View, viewOf } from './report';
import { type Column, HoursTable, Table } from './tables';
import './analytics.css';

const SPANS = Object.entries(words.spans).map(([id, text]) => ({ id: id as Span, text }));

/** The figures of a span: times, noise and hours; the server computes them over all its incidents. */
export function AnalyticsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const address = hrefOf(view);
  const asked = useQuery(`analytics-${address}`, () => ports.incidents.analytics(questionOf(view, Date.now())), {
    modules: ['incidents'],
    by: ({ kind }) => /created|acknowledged|resolved|reopened|changed/.test(kind),
  });
  const report = asked.value;
  return (
    <Page
      title={words.title}
      below={report && <p class="second">{words.below(report.totals.incidents, firstDay(report), lastDay(report))}</p>}
      actions={
        <div class="acts">
          <Segments
            label={words.span}
            of={SPANS}
            current={view.span}
            onPick={(to) => route(hrefOf(view, { span: to }), true)}
          />
          <Button icon="download" href={csvOf(view, Date.now(), 'incidents')}>
            {words.csv}
          </Button>
          <Button icon="download" href={csvOf(view, Date.now(), 'days')}>
            {words.csvDays}
          </Button>
        </div>
      }
    >
      <Filters view={view} report={report} onView={(to) => route(to, true)} />
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!report && !asked.problem && (
        <Card title={words.title} hideTitle>
          <Skeleton rows={8} />
        </Card>
      )}
      {report && (report.totals.incidents === 0 ? <Nothing view={view} /> : <Charts of={report} />)}
    </Page>
  );
}

const noon = (day: string | undefined): string => dayName(`${day}T12:00:00`).replace(/^\w+ /, '');
const firstDay = ({ days }: Report): string => (days.length === 0 ? '' : noon(days[0]?.day));
const lastDay = ({ days }: Report): string => (days.length === 0 ? '' : noon(days.at(-1)?.day));

function Filters({ view, report, onView }: { view: View; report: Report | undefined; onView(to: string): void }) {
  const services = (report?.by_service ?? []).map(({ service }) => ({ value: service, text: service }));
  return (
    <search class="bar" aria-label={words.filter}>
      <div class="chips">
        <Chip
          name={words.severity}
          set={view.severity}
          choices={SEVERITY_CHOICES}
          onPick={(severity) => onView(hrefOf(view, { severity }))}
        />
        <Chip
          name={words.service}
          set={view.service}
          choices={services}
          onPick={(service) => onView(hrefOf(view, { service }))}
        />
        {isFiltered(view) && (
          <Button quiet href={hrefOf(view, { severity: null, service: null })}>
            {words.clear}
          </Button>
        )}
      </div>
    </search>
  );
}

const Nothing = ({ view }: { view: View }) => {
  const said = isFiltered(view) ? words.filtered : words.none;
  return (
    <Card title={words.title} hideTitle>
      <Empty title={said.title}>
        <p>{said.text}</p>
      </Empty>
    </Card>
  );
};

const orNot = (seconds: number | null): string => (seconds === null ? words.unmeasured : span(seconds));
const timeColumns = (of: 'mtta' | 'mttr'): readonly Column<Day>[] => [
  { title: words.day, of: ({ day }) => dayName(`${day}T12:00:00`) },
  { title: words.median, of: (day) => orNot(day[of].median), num: true },
  { title: words.p90, of: (day) => orNot(day[of].p90), num: true },
];
const SERVICE_COLUMNS: readonly Column<Report['by_service'][number]>[] = [
  { title: words.services.service, of: ({ service }) => service },
  { title: words.services.incidents, of: ({ incidents }) => count(incidents), num: true },
  { title: words.services.resolved, of: ({ resolved }) => count(resolved), num: true },
  { title: words.services.alerts, of: ({ alerts }) => count(alerts), num: true },
  { title: words.services.mtta, of: ({ mtta }) => orNot(mtta.median), num: true },
  { title: words.services.mttr, of: ({ mttr }) => orNot(mttr.median), num: true },
];
const STATUS_COLUMNS: readonly Column<Day>[] = [
  { title: words.day, of: ({ day }) => dayName(`${day}T12:00:00`) },
  { title: parts.state.open, of: ({ by_status }) => count(by_status.open), num: true },
  { title: words.held, of: (day) => count(heldOf(day)), num: true },
  { title: parts.state.resolved, of: ({ by_status }) => count(by_status.resolved), num: true },
];

function Charts({ of }: { of: Report }) {
  const { days, totals, by_service, hours } = of;
  const latest = [...days].reverse();
  const hidden = by_service.length - MOST_BARS;
  return (
    <>
      <Figures of={of} />
      <div class="cols half">
        <Trend title={words.mtta} days={days} of="mtta" />
        <Trend title={words.mttr} days={days} of="mttr" />
        <ChartCard title={words.noisy} table={<Table of={by_service} columns={SERVICE_COLUMNS} />}>
          <div class="pad stack">
            <ServiceBars of={by_service} />
            <p class="small muted">
              {words.noisyEnd}
              {hidden > 0 && `. ${words.more(hidden)}`}
            </p>
          </div>
        </ChartCard>
        <ChartCard title={words.hours} table={<HoursTable hours={hours} />}>
          <div class="pad stack">
            <HeatMap hours={hours} />
            <HeatLegend hours={hours} />
          </div>
        </ChartCard>
        <ChartCard title={words.statuses} table={<Table of={latest} columns={STATUS_COLUMNS} />}>
          <div class="pad stack">
            <StatusBars days={days} totals={totals} />
            <StatusLegend />
          </div>
        </ChartCard>
        <Card title={words.severities}>
          <SeverityShares of={totals} />
        </Card>
      </div>
    </>
  );
}

function Trend({ title, days, of }: { title: string; days: readonly Day[]; of: 'mtta' | 'mttr' }) {
  const trend = useMemo(
    () => ({
      days: days.map(({ day }) => day),
      median: days.map((day) => day[of].median),
      p90: days.map((day) => day[of].p90),
    }),
    [days],
  );
  return (
    <ChartCard title={title} table={<Table of={[...days].reverse()} columns={timeColumns(of)} />}>
      <LineChart title={title} {...trend} />
    </ChartCard>
  );
}

/** The same facts as a drawing and as a table for screen readers. */
function ChartCard({
  title,
  table,
  children,
}: {
  title: string;
  table: ComponentChildren;
  children: ComponentChildren;
}) {
  const asTable = useSignal(false);
  return (
    <Card
      title={title}
      end={
        <Button small quiet pressed={asTable.value} onClick={() => (asTable.value = !asTable.value)}>
          {words.table}
          <span class="sr">{title}</span>
        </Button>
      }
    >
      {asTable.value ? <div class="scroll charted">{table}</div> : children}
    </Card>
  );
}

const Legend = ({ mark, text }: { mark: string; text: string }) => (
  <span class="row">
    <svg class="chart mark" width="12" height="12" aria-hidden="true">
      <rect class={mark} width="12" height="12" rx="2" />
    </svg>
    {text}
  </span>
);

const StatusLegend = () => (
  <div class="row wrap small second">
    <Legend mark="bar-open" text={parts.state.open} />
    <Legend mark="bar-a" text={words.held} />
    <Legend mark="bar-b" text={parts.state.resolved} />
  </div>
);

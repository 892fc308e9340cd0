import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import type { Alert } from '../../src/alerts/contract';
import { hrefOfIncident } from '../incidents/cells';
import { LateSearch, Listing } from '../live/ListCard';
import { Arrived, useReading } from '../live/useStableList';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { useCursor } from '../shell/cursor';
import { alerts as words } from '../text/alerts';
import { holds } from '../text/holds';
import { silences } from '../text/silences';
import { upstream } from '../text/upstream';
import { Button } from '../ui/button';
import { SeverityMark } from '../ui/icons';
import { TabLinks } from '../ui/navigation';
import { Page } from '../ui/page';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { AlertState } from './AlertState';
import { CONCERNS } from './concerns';
import { Counters, counting, countOf, Facets, type Told, totalOf } from './Facets';
import { TestAlert } from './TestAlert';
import { filtersOf, hrefOf, isFiltered, PER_PAGE, type View, viewOf } from './view';
import { WithoutIncident } from './WithoutIncident';

export const hrefOfAlert = (id: string): string => `/alerts/${id}`;

/** All alerts: counted, filtered by facets, searched and paged by the server; the address holds the view. */
export function AlertsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const address = hrefOf(view, { page: view.page });
  // Twice the page size for the first page, so that a row below waiting rows does not count as removed.
  const perPage = view.page === 1 ? 2 * PER_PAGE : PER_PAGE;
  const list = useQuery(
    address,
    () => ports.alerts.list({ ...filtersOf(view), page: view.page, per_page: perPage }),
    CONCERNS,
  );
  const facets = useQuery(`facets ${hrefOf(view)}`, () => ports.alerts.facets(filtersOf(view)), {
    modules: ['alerts'],
  });
  const reading = useReading(address, list.turning ? undefined : list.value?.alerts, { most: PER_PAGE });
  const testing = useSignal(false);
  const none = isFiltered(view) || view.status !== null ? words.empty : words.none;
  return (
    <Page
      title={words.title}
      actions={
        mayAsk('alerts', 'receive') && (
          <div class="acts">
            <Button onClick={() => (testing.value = true)}>{words.test.button}</Button>
          </div>
        )
      }
    >
      <div class="stack">
        {facets.value && <Counters view={view} of={facets.value} />}
        <States view={view} of={facets.value} />
        <Find view={view} of={facets.value} onView={(to) => route(to, true)} />
        <div class="read" ref={reading.box}>
          <Arrived n={reading.arrived} text={words.arrived(reading.arrived)} onTake={reading.take} />
          <Listing
            title={words.title}
            asked={list}
            total={list.value?.total}
            none={none}
            onward={none === words.none && <Button href="/integrations">{words.none.go}</Button>}
            paging={{ page: view.page, perPage: PER_PAGE, href: (page) => hrefOf(view, { page }) }}
          >
            <Table rows={reading.rows} turning={list.turning} fresh={reading.fresh} left={reading.left} />
          </Listing>
        </div>
      </div>
      {testing.value && (
        <TestAlert
          onClose={() => {
            testing.value = false;
            void list.again();
          }}
        />
      )}
    </Page>
  );
}

/** States that have a tab only while some alert is in them. */
const SOMETIMES = [
  { id: 'incident_resolved', text: words.firingResolved, field: 'firing_incident_resolved' },
  { id: 'muted', text: silences.alert.muted, field: 'firing_muted' },
  { id: 'waiting', text: holds.waiting, field: 'firing_waiting' },
  { id: 'affected', text: upstream.affected, field: 'firing_affected' },
  { id: 'flapping', text: words.flapping, field: 'firing_flapping' },
] as const;

/** The number of alerts in each state that match the other filters. */
function States({ view, of }: { view: View; of: Told | undefined }) {
  const counted = (value: string) => of && countOf(of.status, value);
  return (
    <TabLinks
      label={words.state}
      tabs={[
        { id: '', text: words.all, count: of && totalOf(of.status) },
        { id: 'firing', text: words.status.firing, count: counted('firing') },
        ...SOMETIMES.filter(({ id, field }) => view.status === id || (of?.[field] ?? 0) > 0).map(
          ({ id, text, field }) => ({ id, text, count: of && counting(of[field], of.counted) }),
        ),
        { id: 'resolved', text: words.status.resolved, count: counted('resolved') },
      ]}
      current={view.status ?? ''}
      href={(id) => hrefOf(view, { status: id || null })}
    />
  );
}

interface FindProps {
  view: View;
  of: Told | undefined;
  onView(to: string): void;
}

const Find = ({ view, of, onView }: FindProps) => (
  <search class="bar" aria-label={words.filter}>
    <LateSearch
      label={words.search}
      hint={words.searchHint}
      value={view.q}
      onSettled={(q) => onView(hrefOf(view, { q }))}
    />
    {of && <Facets view={view} of={of} onView={onView} />}
    {isFiltered(view) && (
      <Button quiet href={hrefOf({ ...viewOf({}), status: view.status })}>
        {words.clear}
      </Button>
    )}
  </search>
);

const { columns } = words;
const HEADS = [
  { text: columns.severity },
  { text: columns.alert },
  { text: columns.state },
  { text: columns.incident },
  { text: columns.seen, num: true },
];

interface TableProps {
  rows: readonly Alert[];
  turning: boolean;
  fresh: ReadonlySet<string>;
  left: ReadonlySet<string>;
}

function Table({ rows, turning, fresh, left }: TableProps) {
  const { id: cursor } = useCursor(rows, hrefOfAlert);
  const classOf = ({ id, status }: Alert) =>
    [
      status === 'resolved' ? 'is-resolved' : '',
      id === cursor.value ? 'at' : '',
      fresh.has(id) ? 'fresh' : '',
      left.has(id) ? 'left' : '',
    ].join(' ');
  return (
    <table class="rows" aria-busy={turning}>
      <Heads of={HEADS} />
      <tbody>
        {rows.map((alert) => (
          <Row key={alert.id} of={alert} class={classOf(alert)} />
        ))}
      </tbody>
    </table>
  );
}

const Row = ({ of: alert, class: className }: { of: Alert; class: string }) => (
  <tr class={className} data-row={alert.id}>
    <td class="c-sev">
      <SeverityMark of={alert.severity} />
    </td>
    <td class="c-what">
      <a class="t" href={hrefOfAlert(alert.id)}>
        {alert.message}
      </a>
      <div class="small muted dots">
        <span>{alert.service}</span>
        <span>{alert.source}</span>
        {alert.count > 1 && <span>{words.times(alert.count)}</span>}
      </div>
    </td>
    <td class="c-state">
      <AlertState of={alert} />
    </td>
    <td class={alert.incident_id === null ? 'c-who c-why' : 'c-who'}>
      {alert.incident_id === null ? (
        <WithoutIncident of={alert} />
      ) : (
        <a class="small mono" href={hrefOfIncident(alert.incident_id)}>
          {alert.incident_id.slice(0, 8)}
        </a>
      )}
    </td>
    <td class="c-age num">
      <Ago at={alert.last_seen_at} />
    </td>
  </tr>
);

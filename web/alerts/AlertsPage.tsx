import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Alert } from '../../src/alerts/contract';
import { useAsked } from '../asking';
import { hrefOfIncident } from '../incidents/rows';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { useKeys } from '../shell/keys';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { SeverityMark } from '../ui/marks';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { Pages, Search, TabLinks } from '../ui/views';
import { alerts as words } from '../words/alerts';
import { AlertState } from './AlertState';
import { Counters, Facets } from './Facets';
import { TestAlert } from './TestAlert';
import { filtersOf, hrefOf, isFiltered, PER_PAGE, type View, viewOf } from './view';

export const hrefOfAlert = (id: string): string => `/alerts/${id}`;

/** What machines say: counted, told apart by facets, searched and paged by the server; the view is the address. */
export function AlertsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const list = useAsked(
    hrefOf(view, { page: view.page }),
    () => ports.alerts.list({ ...filtersOf(view), page: view.page, per_page: PER_PAGE }),
    { modules: ['alerts'] },
  );
  const facets = useAsked(`facets ${hrefOf(view)}`, () => ports.alerts.facets(filtersOf(view)), {
    modules: ['alerts'],
  });
  const testing = useSignal(false);
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
        <States view={view} />
        <Find view={view} onView={(to) => route(to, true)} />
        {facets.value && <Facets view={view} of={facets.value} onView={(to) => route(to, true)} />}
        {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
        {list.value ? (
          <List view={view} rows={list.value.alerts} total={list.value.total} turning={list.turning} />
        ) : (
          !list.problem && (
            <Card title={words.title} hideTitle>
              <Skeleton rows={8} />
            </Card>
          )
        )}
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

const States = ({ view }: { view: View }) => (
  <TabLinks
    label={words.state}
    tabs={[
      { id: '', text: words.all },
      { id: 'firing', text: words.status.firing },
      { id: 'resolved', text: words.status.resolved },
    ]}
    current={view.status ?? ''}
    href={(id) => hrefOf(view, { status: id || null })}
  />
);

const SEARCH_AFTER_MS = 250;

function Find({ view, onView }: { view: View; onView(to: string): void }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <search class="bar" aria-label={words.filter}>
      <Search
        label={words.search}
        hint={words.searchHint}
        value={view.q}
        onInput={(q) => {
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onView(hrefOf(view, { q })), SEARCH_AFTER_MS);
        }}
      />
      {isFiltered(view) && (
        <Button quiet href={hrefOf({ ...viewOf({}), status: view.status })}>
          {words.clear}
        </Button>
      )}
    </search>
  );
}

function List({ view, rows, total, turning }: { view: View; rows: readonly Alert[]; total: number; turning: boolean }) {
  const { route } = useLocation();
  const cursor = useSignal<string | null>(null);
  const at = rows.findIndex(({ id }) => id === cursor.value);
  const step = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (!next) return;
    cursor.value = next.id;
    const row = document.querySelector(`[data-row="${next.id}"]`);
    row?.querySelector<HTMLElement>('a.t')?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: () => step(1),
    k: () => step(at === -1 ? 1 : -1),
    Enter: () => at !== -1 && route(hrefOfAlert((rows[at] as Alert).id)),
    '/': () => document.getElementById('search')?.focus(),
  });
  if (rows.length === 0) return <Nothing view={view} />;
  return (
    <Card
      title={words.title}
      hideTitle
      footer={<Pages page={view.page} perPage={PER_PAGE} total={total} href={(page) => hrefOf(view, { page })} />}
    >
      <table class="rows" aria-busy={turning}>
        <thead>
          <tr>
            <th scope="col">{words.columns.severity}</th>
            <th scope="col">{words.columns.alert}</th>
            <th scope="col">{words.columns.state}</th>
            <th scope="col">{words.columns.incident}</th>
            <th scope="col" class="num">
              {words.columns.seen}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((alert) => (
            <Row key={alert.id} of={alert} at={alert.id === cursor.value} />
          ))}
        </tbody>
      </table>
    </Card>
  );
}

const Row = ({ of: alert, at }: { of: Alert; at: boolean }) => (
  <tr class={`${alert.status === 'resolved' ? 'is-resolved' : ''}${at ? ' at' : ''}`} data-row={alert.id}>
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
      <AlertState of={alert.status} />
    </td>
    <td class="c-who">
      {alert.incident_id === null ? (
        <span class="small muted">{words.noIncident}</span>
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

function Nothing({ view }: { view: View }) {
  const said = isFiltered(view) || view.status !== null ? words.empty : words.none;
  return (
    <Card title={words.title} hideTitle>
      <Empty title={said.title}>
        <p>{said.text}</p>
        {said === words.none && (
          <div class="acts">
            <Button href="/integrations">{words.none.go}</Button>
          </div>
        )}
      </Empty>
    </Card>
  );
}

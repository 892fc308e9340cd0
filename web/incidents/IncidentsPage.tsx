import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import type { Incident } from '../../src/incidents/contract';
import { isLive } from '../live/connection';
import { Listing } from '../live/ListCard';
import { Arrived, useReading } from '../live/useStableList';
import { ports } from '../ports';
import { mayAsk, me } from '../session';
import { useCursor } from '../shell/cursor';
import { useKeys } from '../shell/keys';
import { incidents as words } from '../text/incidents';
import { count, parts } from '../text/parts';
import { TabLinks } from '../ui/navigation';
import { Page } from '../ui/page';
import { useQuery } from '../useQuery';
import { Bulk, ResolveAll } from './Bulk';
import { CreateAction, CreateDock } from './Create';
import { hrefOfIncident } from './cells';
import { Filters } from './Filters';
import { IncidentTable } from './IncidentTable';
import { escalateNow, mayBecome, move, moveAll, newest, wasMoved } from './incidentActions';
import { NoOneBanner } from './NoOneBanner';
import { hrefOf, isFiltered, PER_PAGE, questionOf, UNRESOLVED, type View, viewOf } from './view';

/** All incidents: filtered, searched, sorted and paged by the server; the address holds the view. */
export function IncidentsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const address = hrefOf(view, { page: view.page });
  const list = useQuery(address, () => ports.incidents.list(questionOf(view)), { modules: ['incidents'] });
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const reading = useReading(address, list.turning ? undefined : list.value?.incidents, {
    most: PER_PAGE,
    busy: chosen.value.size > 0,
    mine: wasMoved,
  });
  const rows = reading.rows.map(newest);
  const { cursor, picked, act, resolving } = useActing(rows, chosen);
  return (
    <Page title={words.title} actions={<CreateAction main />}>
      <div class="stack">
        <NoOneBanner />
        <States view={view} counts={list.value?.counts} />
        <Filters view={view} onView={(to) => route(to, true)} />
        <div class="read" ref={reading.box}>
          <Arrived n={reading.arrived} text={words.arrived(reading.arrived)} onTake={reading.take} />
          <Listing
            title={words.listed}
            asked={list}
            total={rows.length === 0 ? list.value && 0 : list.value?.total}
            none={noneOf(view)}
            paging={{ page: view.page, perPage: PER_PAGE, href: (page) => hrefOf(view, { page }) }}
          >
            <IncidentTable
              view={view}
              rows={rows}
              turning={list.turning}
              at={cursor.value}
              chosen={chosen.value}
              onChoose={mayAsk('incidents', 'update') ? (ids) => (chosen.value = ids) : undefined}
              fresh={reading.fresh}
              left={reading.left}
            />
          </Listing>
        </div>
      </div>
      {picked.length > 0 ? (
        <Bulk chosen={picked.length} act={act} onClear={() => (chosen.value = new Set())} />
      ) : (
        <CreateDock main />
      )}
      {resolving.value && (
        <ResolveAll
          of={resolving.value}
          onResolved={() => (chosen.value = new Set())}
          onClose={() => (resolving.value = null)}
        />
      )}
    </Page>
  );
}

/** Keys and buttons act on the selected rows, or on the row at the cursor. */
function useActing(rows: readonly Incident[], chosen: { value: ReadonlySet<string> }) {
  const { id: cursor, step } = useCursor(rows, hrefOfIncident);
  const resolving = useSignal<readonly Incident[] | null>(null);
  const here = rows.find(({ id }) => id === cursor.value);
  const picked = rows.filter(({ id }) => chosen.value.has(id));
  const targets = picked.length > 0 ? picked : here ? [here] : [];
  const mayAct = mayAsk('incidents', 'update');

  const act = (to: 'acknowledged' | 'resolved') => {
    if (!mayAct || !isLive.peek()) return;
    const able = targets.filter(({ status }) => mayBecome(status, to));
    if (able.length === 0) return;
    if (to === 'resolved' && able.length > 1) resolving.value = able;
    else if (able.length > 1) void moveAll(able, to).then(() => (chosen.value = new Set()));
    else void move(able[0] as Incident, to, me.value?.username ?? null);
    if (picked.length === 0) step(1);
  };
  const toggle = (id: string) => {
    const next = new Set(chosen.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  useKeys({
    x: () => here && toggle(here.id),
    a: () => act('acknowledged'),
    r: () => act('resolved'),
    e: () => mayAct && isLive.peek() && here && here.status !== 'resolved' && void escalateNow(here),
    Escape: () => (chosen.value = new Set()),
  });
  return { cursor, picked, act, resolving };
}

type Counts = Awaited<ReturnType<typeof ports.incidents.list>>['counts'];

function States({ view, counts }: { view: View; counts: Counts | undefined }) {
  const open = counts && counts.open + counts.acknowledged + counts.in_progress;
  const states = (['open', 'acknowledged', 'in_progress', 'resolved'] as const).map((id) => ({
    id,
    text: parts.state[id],
    count: counts && count(counts[id]),
  }));
  return (
    <TabLinks
      label={words.state}
      tabs={[
        { id: '', text: words.all, count: counts && count((open ?? 0) + counts.resolved) },
        { id: UNRESOLVED, text: words.open, count: open === undefined ? undefined : count(open) },
        ...states,
      ]}
      current={view.status ?? ''}
      href={(id) => hrefOf(view, { status: id || null })}
    />
  );
}

const noneOf = (view: View): { title: string; text: string } => {
  if (isFiltered(view)) return words.empty;
  if (view.status === null) return words.none;
  if (view.status === UNRESOLVED) return words.good;
  return view.status === 'open' ? words.allTaken : words.empty;
};

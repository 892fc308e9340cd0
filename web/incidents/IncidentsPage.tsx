import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { Incident } from '../../src/incidents/contract';
import { useAsked } from '../asking';
import { isLive } from '../live/connection';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { mayAsk, me } from '../session';
import { useKeys } from '../shell/keys';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Dialog } from '../ui/dialog';
import { AreaField } from '../ui/field';
import { Icon } from '../ui/marks';
import { Page } from '../ui/page';
import { Chip, Pages, Search, TabLinks } from '../ui/views';
import { incidents as words } from '../words/incidents';
import { count, parts } from '../words/parts';
import { shell } from '../words/shell';
import { escalateNow, mayBecome, move, moveAll, newest } from './acting';
import { creating } from './creating';
import { hrefOfIncident, IncidentRow, titleOf } from './rows';
import { hrefOf, isFiltered, PER_PAGE, questionOf, type SORTABLE, sortedBy, sortHref, type View, viewOf } from './view';

/** All incidents: filtered, searched, sorted and paged by the server; the view is the address. */
export function IncidentsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const address = hrefOf(view, { page: view.page });
  const list = useAsked(address, () => ports.incidents.list(questionOf(view)), { modules: ['incidents'] });
  const rows = (list.value?.incidents ?? []).map(newest);
  return (
    <Page
      title={words.title}
      actions={
        mayAsk('incidents', 'create') && (
          <Button main wide icon="plus" onClick={() => (creating.value = {})}>
            {words.create}
          </Button>
        )
      }
    >
      <div class="stack">
        <States view={view} counts={list.value?.counts} />
        <Filters view={view} onView={(to) => route(to, true)} />
        {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
        {list.value === undefined ? (
          !list.problem && (
            <Card title={words.listed.newest} hideTitle>
              <Skeleton rows={8} />
            </Card>
          )
        ) : (
          <List view={view} rows={rows} total={list.value.total} turning={list.turning} />
        )}
      </div>
    </Page>
  );
}

type Counts = Awaited<ReturnType<typeof ports.incidents.list>>['counts'];

function States({ view, counts }: { view: View; counts: Counts | undefined }) {
  const total = counts && counts.open + counts.acknowledged + counts.in_progress + counts.resolved;
  const states = (['open', 'acknowledged', 'in_progress', 'resolved'] as const).map((id) => ({
    id,
    text: parts.state[id],
    count: counts && count(counts[id]),
  }));
  return (
    <TabLinks
      label={words.state}
      tabs={[{ id: '', text: words.all, count: total === undefined ? undefined : count(total) }, ...states]}
      current={view.status ?? ''}
      href={(id) => hrefOf(view, { status: id || null })}
    />
  );
}

const SEVERITIES = Object.entries(parts.severity).map(([value, text]) => ({ value, text }));
const SEARCH_AFTER_MS = 250;

function Filters({ view, onView }: { view: View; onView(to: string): void }) {
  const services = useAsked('services', () => ports.oncall.services({}), { modules: ['oncall'] });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (change: Partial<View>) => onView(hrefOf(view, change));
  const teams = useAsked('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const people = useAsked('people', () => ports.oncall.people({}), { modules: ['oncall'] });
  const names = [...new Set((services.value ?? []).map(({ service }) => service))].sort();
  return (
    <search class="bar" aria-label={words.filter}>
      <Search
        label={words.search}
        hint={words.searchHint}
        value={view.q}
        onInput={(q) => {
          clearTimeout(timer.current);
          timer.current = setTimeout(() => set({ q }), SEARCH_AFTER_MS);
        }}
      />
      <div class="chips">
        <Chip name={words.severity} set={view.severity} choices={SEVERITIES} onPick={(severity) => set({ severity })} />
        <Chip
          name={words.service}
          set={view.service}
          choices={names.map((value) => ({ value, text: value }))}
          onPick={(service) => set({ service })}
        />
        <Chip
          name={words.team}
          set={view.team}
          choices={(teams.value ?? []).map(({ team }) => ({ value: team, text: team }))}
          onPick={(team) => set({ team })}
        />
        <Chip
          name={words.assignee}
          set={view.assignee}
          choices={[
            { value: 'me', text: words.me },
            ...(people.value ?? []).map(({ name, email }) => ({ value: email, text: name })),
          ]}
          onPick={(assignee) => set({ assignee })}
        />
        <Chip
          name={words.opened}
          set={view.opened}
          choices={Object.entries(words.openedChoices).map(([value, text]) => ({ value, text }))}
          onPick={(opened) => set({ opened })}
        />
        {isFiltered(view) && (
          <Button quiet href={hrefOf({ ...viewOf({}), status: view.status, sort: view.sort })}>
            {words.clear}
          </Button>
        )}
      </div>
    </search>
  );
}

interface ListProps {
  view: View;
  rows: readonly Incident[];
  total: number;
  turning: boolean;
}

function List({ view, rows, total, turning }: ListProps) {
  const { route } = useLocation();
  const cursor = useSignal<string | null>(null);
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const resolving = useSignal<readonly Incident[] | null>(null);
  const mayAct = mayAsk('incidents', 'update');
  const by = me.value?.username ?? null;
  const at = rows.findIndex(({ id }) => id === cursor.value);
  const here = rows[at];
  const picked = rows.filter(({ id }) => chosen.value.has(id));
  const targets = picked.length > 0 ? picked : here ? [here] : [];

  const step = (by: number) => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
    if (!next) return;
    cursor.value = next.id;
    const row = document.querySelector(`[data-row="${next.id}"]`);
    row?.querySelector<HTMLElement>('a.t')?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  };
  const toggle = (id: string) => {
    const next = new Set(chosen.peek());
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  const act = (to: 'acknowledged' | 'resolved') => {
    if (!mayAct || !isLive.peek()) return;
    const able = targets.filter(({ status }) => mayBecome(status, to));
    if (able.length === 0) return;
    if (to === 'resolved' && able.length > 1) resolving.value = able;
    else if (able.length > 1) void moveAll(able, to).then(() => (chosen.value = new Set()));
    else void move(able[0] as Incident, to, by);
    if (picked.length === 0) step(1);
  };
  useKeys({
    j: () => step(1),
    k: () => step(at === -1 ? 1 : -1),
    x: () => here && toggle(here.id),
    Enter: () => here && route(hrefOfIncident(here.id)),
    a: () => act('acknowledged'),
    r: () => act('resolved'),
    e: () => mayAct && here && here.status !== 'resolved' && void escalateNow(here),
    '/': () => document.getElementById('search')?.focus(),
    Escape: () => (chosen.value = new Set()),
  });

  if (rows.length === 0) return <Nothing view={view} />;
  const all = rows.every(({ id }) => chosen.value.has(id));
  return (
    <>
      <Card
        title={words.listed.newest}
        hideTitle
        footer={<Pages page={view.page} perPage={PER_PAGE} total={total} href={(page) => hrefOf(view, { page })} />}
      >
        <table class="rows" aria-busy={turning}>
          <thead>
            <tr>
              {mayAct && (
                <th scope="col">
                  <label class="tick">
                    <input
                      type="checkbox"
                      aria-label={words.selectAll}
                      checked={all}
                      onChange={() => (chosen.value = new Set(all ? [] : rows.map(({ id }) => id)))}
                    />
                  </label>
                </th>
              )}
              <SortHead view={view} column="severity" text={words.columns.severity} />
              <th scope="col">{words.columns.incident}</th>
              <th scope="col">{words.columns.state}</th>
              <th scope="col">{words.columns.assignee}</th>
              <th scope="col" class="c-next">
                {words.columns.next}
              </th>
              <SortHead view={view} column="created_at" text={words.columns.age} num />
            </tr>
          </thead>
          <tbody>
            {rows.map((incident) => (
              <IncidentRow
                key={incident.id}
                incident={incident}
                at={incident.id === cursor.value}
                chosen={chosen.value.has(incident.id)}
                full
                before={
                  mayAct && (
                    <td class="c-off">
                      <label class="tick">
                        <input
                          type="checkbox"
                          aria-label={words.select(titleOf(incident))}
                          checked={chosen.value.has(incident.id)}
                          onChange={() => toggle(incident.id)}
                        />
                      </label>
                    </td>
                  )
                }
              />
            ))}
          </tbody>
        </table>
      </Card>
      {picked.length > 0 && (
        <div class="bulk" role="region" aria-label={words.selected(picked.length)}>
          <strong class="nowrap">{words.selected(picked.length)}</strong>
          <Button small onClick={() => act('acknowledged')} disabled={!isLive.value && shell.waits}>
            {words.acknowledge}
          </Button>
          <Button small onClick={() => act('resolved')} disabled={!isLive.value && shell.waits}>
            {words.resolve}
          </Button>
          <Button quiet small icon="x" label={words.clearSelection} onClick={() => (chosen.value = new Set())} />
        </div>
      )}
      {resolving.value && (
        <ResolveAll
          of={resolving.value}
          onClose={(done) => {
            resolving.value = null;
            if (done) chosen.value = new Set();
          }}
        />
      )}
    </>
  );
}

interface SortHeadProps {
  view: View;
  column: (typeof SORTABLE)[number];
  text: string;
  num?: boolean;
}

/** A head that sorts, on the server, by its column. */
function SortHead({ view, column, text, num = false }: SortHeadProps) {
  const { column: by, descending } = sortedBy(view);
  const sorted = by === column ? (descending ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" class={num ? 'num' : undefined} aria-sort={sorted}>
      <a class="sort" href={sortHref(view, column)}>
        {text} {sorted && <Icon name={descending ? 'down' : 'up'} />}
      </a>
    </th>
  );
}

function ResolveAll({ of, onClose }: { of: readonly Incident[]; onClose(done: boolean): void }) {
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      title={words.resolveAll(of.length)}
      verb={words.resolveVerb(of.length)}
      cancel={words.keepOpen}
      busy={busy}
      onClose={() => onClose(false)}
      onSubmit={async (form) => {
        setBusy(true);
        await moveAll(of, 'resolved', String(form.get('note') ?? '').trim());
        onClose(true);
      }}
    >
      <p class="second">{words.resolveAllText}</p>
      <AreaField label={words.noteLabel} name="note" optional placeholder={words.noteHint} maxLength={5000} rows={2} />
    </Dialog>
  );
}

function Nothing({ view }: { view: View }) {
  const said = isFiltered(view)
    ? words.empty
    : view.status === 'open'
      ? words.good
      : view.status
        ? words.empty
        : words.none;
  return (
    <Card title={words.title} hideTitle>
      <Empty title={said.title}>
        <p>{said.text}</p>
      </Empty>
    </Card>
  );
}

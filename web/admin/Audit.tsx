import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAsked } from '../asking';
import { ProblemBanner } from '../live/problems';
import { type Ports, ports } from '../ports';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Person } from '../ui/marks';
import { Ago } from '../ui/time';
import { Chip, Pages, Search } from '../ui/views';
import { admin } from '../words/admin';
import { SOURCES_SAID, type Source } from './sources';

const { audit: words } = admin;
const PER_PAGE = 50;
const SEARCH_AFTER_MS = 400;

interface View {
  actor: string;
  module: Source | null;
  page: number;
}

const viewOf = (query: Record<string, string>): View => ({
  actor: query['actor'] ?? '',
  module: SOURCES_SAID.find(({ value }) => value === query['module'])?.value ?? null,
  page: Math.max(1, Math.floor(Number(query['page'])) || 1),
});

function hrefOf(view: View, change: Partial<View> = {}): string {
  const { actor, module, page } = { ...view, page: 1, ...change };
  return `/admin?${new URLSearchParams({
    tab: 'audit',
    ...(actor !== '' && { actor }),
    ...(module !== null && { module }),
    ...(page > 1 && { page: String(page) }),
  })}`;
}

/** What people and keys did, in every module; newest first. */
export function Audit() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const list = useAsked(
    hrefOf(view, { page: view.page }),
    () =>
      ports.gateway.audit({
        page: view.page,
        per_page: PER_PAGE,
        ...(view.actor.trim() !== '' && { actor: view.actor.trim() }),
        ...(view.module !== null && { module: view.module }),
      }),
    { modules: ['gateway', 'incidents', 'oncall', 'alerts', 'notify'] },
  );
  return (
    <>
      <Filters view={view} onView={(to) => route(to, true)} />
      {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
      <Card
        title={admin.tabs.audit}
        hideTitle
        footer={
          list.value &&
          list.value.total > 0 && (
            <Pages
              page={view.page}
              perPage={PER_PAGE}
              total={list.value.total}
              href={(page) => hrefOf(view, { page })}
            />
          )
        }
      >
        {list.value === undefined ? (
          !list.problem && <Skeleton rows={8} />
        ) : list.value.total === 0 ? (
          <Nothing filtered={view.actor !== '' || view.module !== null} />
        ) : (
          <Table of={list.value.entries} turning={list.turning} />
        )}
      </Card>
    </>
  );
}

function Filters({ view, onView }: { view: View; onView(to: string): void }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <search class="bar" aria-label={words.filter}>
      <Search
        label={words.actor}
        hint={words.actorHint}
        value={view.actor}
        onInput={(actor) => {
          clearTimeout(timer.current);
          timer.current = setTimeout(() => onView(hrefOf(view, { actor })), SEARCH_AFTER_MS);
        }}
      />
      <div class="chips">
        <Chip
          name={words.module}
          set={view.module}
          choices={SOURCES_SAID}
          onPick={(module) => onView(hrefOf(view, { module: module as Source | null }))}
        />
        {(view.actor !== '' || view.module !== null) && (
          <Button quiet href={hrefOf({ actor: '', module: null, page: 1 })}>
            {words.clear}
          </Button>
        )}
      </div>
    </search>
  );
}

const Nothing = ({ filtered }: { filtered: boolean }) => {
  const said = filtered ? words.empty : words.none;
  return (
    <Empty title={said.title}>
      <p>{said.text}</p>
    </Empty>
  );
};

type Entry = Awaited<ReturnType<Ports['gateway']['audit']>>['entries'][number];

/** A kind as a sentence, or in its own words: `team_room_set` is `Team room set`. */
export function deedOf(kind: string): string {
  const plain = kind.replace(/[._]/g, ' ');
  return words.kinds[kind] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

const Table = ({ of, turning }: { of: readonly Entry[]; turning: boolean }) => (
  <table class="rows plain" aria-busy={turning}>
    <thead>
      <tr>
        <th scope="col">{words.columns.what}</th>
        <th scope="col">{words.columns.who}</th>
        <th scope="col" class="num">
          {words.columns.at}
        </th>
      </tr>
    </thead>
    <tbody>
      {of.map((entry) => (
        <tr key={entry.id}>
          <td class="c-what">
            <strong class="t">{deedOf(entry.kind)}</strong>
            <div class="small muted dots">
              <span>{words.modules[entry.module]}</span>
              <Subject of={entry} />
            </div>
            <Details of={entry.data} />
          </td>
          <td class="c-who">
            <Person name={entry.actor} />
          </td>
          <td class="c-age num small">
            <Ago at={entry.at} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

const UUID = /^[0-9a-f-]{36}$/;

const Subject = ({ of: { module, subject } }: { of: Entry }) => {
  const short = UUID.test(subject) ? subject.slice(0, 8) : subject;
  if (module === 'incidents' && UUID.test(subject)) {
    return (
      <a class="mono" href={`/incidents/${subject}`}>
        {short}
      </a>
    );
  }
  return <span class={UUID.test(subject) ? 'mono' : undefined}>{short}</span>;
};

const Details = ({ of }: { of: Entry['data'] }) =>
  Object.keys(of).length === 0 ? null : (
    <details class="small">
      <summary class="muted">{words.details}</summary>
      <pre class="code">{JSON.stringify(of, null, 2)}</pre>
    </details>
  );

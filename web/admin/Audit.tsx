import { useLocation } from 'preact-iso';
import { pageIn } from '../live/address';
import { LateSearch, Listing } from '../live/ListCard';
import { instantIn, SpanFilter } from '../live/SpanFilter';
import { useUsers } from '../people';
import { type Ports, ports } from '../ports';
import { admin } from '../text/admin';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Person } from '../ui/icons';
import { Chip } from '../ui/navigation';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { SOURCES_SAID, type Source } from './sources';

const { audit: words } = admin;
const PER_PAGE = 50;

interface View {
  actor: string;
  module: Source | null;
  kind: string | null;
  from: string | null;
  to: string | null;
  page: number;
}

const viewOf = (query: Record<string, string>): View => ({
  actor: query['actor'] ?? '',
  module: SOURCES_SAID.find(({ value }) => value === query['module'])?.value ?? null,
  kind: query['kind'] || null,
  from: instantIn(query['from']),
  to: instantIn(query['to']),
  page: pageIn(query),
});
const EVERYTHING = viewOf({});

/** The filters that are set, by the names of the address and of the server. */
const filtersOf = ({ actor, module, kind, from, to }: View) => ({
  ...(actor.trim() !== '' && { actor: actor.trim() }),
  ...(module !== null && { module }),
  ...(kind !== null && { kind }),
  ...(from !== null && { from }),
  ...(to !== null && { to }),
});
const isFiltered = (view: View): boolean => Object.keys(filtersOf(view)).length > 0;

function hrefOf(view: View, change: Partial<View> = {}): string {
  const next = { ...view, page: 1, ...change };
  return `/admin?${new URLSearchParams({
    tab: 'audit',
    ...filtersOf(next),
    ...(next.page > 1 && { page: String(next.page) }),
  })}`;
}

/** The actions of people and keys, in every module; newest first. */
export function Audit() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  useUsers();
  const list = useQuery(
    hrefOf(view, { page: view.page }),
    () => ports.gateway.audit({ ...filtersOf(view), page: view.page, per_page: PER_PAGE }),
    // An event of another module arrives before the log has its row; the gateway sends one when it has.
    { modules: ['gateway'] },
  );
  return (
    <div class="stack">
      <Filters view={view} onView={(to) => route(to, true)} />
      <Listing
        title={admin.tabs.audit}
        asked={list}
        total={list.value?.total}
        none={isFiltered(view) ? words.empty : words.none}
        paging={{ page: view.page, perPage: PER_PAGE, href: (page) => hrefOf(view, { page }) }}
      >
        <Table of={list.value?.entries ?? []} turning={list.turning} />
      </Listing>
    </div>
  );
}

const KINDS = Object.entries(words.kinds).map(([value, text]) => ({ value, text }));

const Filters = ({ view, onView }: { view: View; onView(to: string): void }) => (
  <search class="bar" aria-label={words.filter}>
    <LateSearch
      label={words.actor}
      hint={words.actorHint}
      value={view.actor}
      onSettled={(actor) => onView(hrefOf(view, { actor }))}
    />
    <div class="chips">
      <Chip
        name={words.module}
        set={view.module}
        choices={SOURCES_SAID}
        onPick={(module) => onView(hrefOf(view, { module: module as Source | null }))}
      />
      <Chip name={words.kind} set={view.kind} choices={KINDS} onPick={(kind) => onView(hrefOf(view, { kind }))} />
      {isFiltered(view) && (
        <Button quiet href={hrefOf(EVERYTHING)}>
          {words.clear}
        </Button>
      )}
    </div>
    <SpanFilter of={view} onPick={(span) => onView(hrefOf(view, span))} />
  </search>
);

type Entry = Awaited<ReturnType<Ports['gateway']['audit']>>['entries'][number];

/** An action as a sentence; an unknown kind of a newer server by its own name: `team_room_set` is `Team room set`. */
export function deedOf(kind: string): string {
  const plain = kind.replace(/[._]/g, ' ');
  return words.kinds[kind] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

const { columns } = words;
const HEADS = [{ text: columns.what }, { text: columns.who }, { text: columns.at, num: true }];

const Table = ({ of, turning }: { of: readonly Entry[]; turning: boolean }) => (
  <table class="rows plain" aria-busy={turning}>
    <Heads of={HEADS} />
    <tbody>
      {of.map((entry) => (
        <tr key={entry.id}>
          <td class="c-what">
            <strong class="t">{deedOf(entry.kind)}</strong>
            <div class="small muted dots">
              <span>{shell.modules[entry.module]}</span>
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

/** The name of the subject: users, keys and integrations by name, sessions by their address. */
const Subject = ({ of: { module, subject, data } }: { of: Entry }) => {
  const name = data['username'] ?? data['name'] ?? data['address'];
  if (typeof name === 'string') return <span>{name}</span>;
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

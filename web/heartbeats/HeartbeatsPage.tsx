import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { LateSearch, Listing } from '../live/ListCard';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { useCursor } from '../shell/cursor';
import { heartbeats as words } from '../text/heartbeats';
import { Button } from '../ui/button';
import { Chip } from '../ui/navigation';
import { Page } from '../ui/page';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { took } from '../ui/times';
import { useQuery } from '../useQuery';
import { HeartbeatDialog } from './HeartbeatDialog';
import './heartbeats.css';
import { LastPings, Next, StateBadge } from './marks';
import { PingKeys } from './PingKeys';
import {
  expected,
  type Heartbeat,
  hrefOf,
  hrefOfHeartbeat,
  type Listed,
  PER_PAGE,
  STATES,
  TOUCHED,
  viewOf,
} from './view';

/** All heartbeats, those that are down first, and the keys of their ping addresses. */
export function HeartbeatsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const list = useQuery(
    hrefOf(view, { page: view.page }),
    () =>
      ports.alerts.listHeartbeats({
        ...(view.state !== null && { state: view.state }),
        ...{ q: view.q, page: view.page, per_page: PER_PAGE },
      }),
    TOUCHED,
  );
  const adding = useSignal(false);
  const rows = list.value?.heartbeats ?? [];
  const cursor = useCursor(rows, hrefOfHeartbeat);
  const filtered = view.q !== '' || view.state !== null;
  const all = list.value && Object.values(list.value.states).reduce((sum, n) => sum + n, 0);
  return (
    <Page
      title={words.title}
      below={list.value && all ? <p class="second">{words.below(all, list.value.states.down)}</p> : undefined}
      actions={
        mayAsk('alerts', 'createHeartbeat') && (
          <div class="acts">
            <Button main icon="plus" onClick={() => (adding.value = true)}>
              {words.add}
            </Button>
          </div>
        )
      }
    >
      <search class="bar" aria-label={words.filter}>
        <LateSearch
          label={words.search}
          hint={words.searchHint}
          value={view.q}
          onSettled={(q) => route(hrefOf(view, { q }), true)}
        />
        <Chip
          name={words.byState}
          set={view.state}
          choices={STATES.map((value) => ({
            value,
            text: words.counted(words.state[value], list.value?.states[value]),
          }))}
          onPick={(state) => route(hrefOf(view, { state }), true)}
        />
      </search>
      <Listing
        title={words.title}
        asked={list}
        total={list.value?.total}
        none={filtered ? words.noMatch : words.none}
        paging={{ page: view.page, perPage: PER_PAGE, href: (page) => hrefOf(view, { page }) }}
        rows={5}
      >
        <Table of={rows} at={cursor.id.value} />
      </Listing>
      <PingKeys />
      {adding.value && (
        <HeartbeatDialog onClose={() => (adding.value = false)} onDone={({ id }) => route(hrefOfHeartbeat(id))} />
      )}
    </Page>
  );
}

const { columns } = words;
const HEADS = [
  { text: columns.name },
  { text: columns.state },
  { text: columns.recent },
  { text: columns.last, num: true },
  { text: columns.next, num: true },
];

const Table = ({ of, at }: { of: Listed['heartbeats']; at: string | null }) => (
  <table class="rows plain">
    <Heads of={HEADS} />
    <tbody>
      {of.map((heartbeat) => (
        <Row key={heartbeat.id} of={heartbeat} here={heartbeat.id === at} />
      ))}
    </tbody>
  </table>
);

const Row = ({ of, here }: { of: Heartbeat; here: boolean }) => (
  <tr data-row={of.id} class={here ? 'at' : undefined}>
    <td class="c-what">
      <a class="t" href={hrefOfHeartbeat(of.id)}>
        {of.name}
      </a>
      <div class="small muted dots">
        <span>{of.team ?? of.service}</span>
        <span>{expected(of)}</span>
      </div>
    </td>
    <td class="c-state">
      <StateBadge of={of.state} />
    </td>
    <td class="c-next">
      <LastPings of={of.recent} />
    </td>
    <td class="c-age num small second">
      <span class="narrow">{columns.last} </span>
      {of.last_ping_at ? <Ago at={of.last_ping_at} /> : words.never}
      {of.last_run_ms !== null && <div class="muted wide">{words.page.took(took(of.last_run_ms))}</div>}
    </td>
    <td class="c-who num small second">
      <Next of={of} />
    </td>
  </tr>
);

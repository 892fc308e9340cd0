import { useLocation } from 'preact-iso';
import { LateSearch, Listing } from '../live/ListCard';
import { SpanFilter } from '../live/SpanFilter';
import { ports } from '../ports';
import { channelWords } from '../text/channels';
import { notifications as words } from '../text/notifications';
import { count } from '../text/parts';
import { Button } from '../ui/button';
import { Chip, TabLinks } from '../ui/navigation';
import { Page } from '../ui/page';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { useQuery } from '../useQuery';
import { DeliveryMark, Incident, type Notification } from './delivery';
import { NotificationDialog } from './NotificationDialog';
import { hrefOf, isFiltered, PER_PAGE, questionOf, type View, viewOf } from './view';

/** The delivery log: each notification, whether it was delivered, and why not. */
export function NotificationsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const here = hrefOf(view, { page: view.page });
  const list = useQuery(here, () => ports.notify.list(questionOf(view)), { modules: ['notify'] });
  const stats = useQuery('notification-stats', () => ports.notify.statsSummary({}), { modules: ['notify'] });
  const of = stats.value;
  const states = (['sent', 'delivered', 'undelivered', 'failed', 'queued', 'cancelled', 'recorded'] as const).map(
    (id) => ({
      id,
      text: words.tabs[id],
      count: of && count(of[id]),
    }),
  );
  return (
    <Page title={words.title}>
      <div class="stack">
        <TabLinks
          label={words.state}
          tabs={[{ id: '', text: words.all, count: of && count(of.total) }, ...states]}
          current={view.status ?? ''}
          href={(id) => hrefOf(view, { status: id || null })}
        />
        <Filters view={view} channels={Object.keys(of?.by_channel ?? channelWords)} onView={(to) => route(to, true)} />
        <Listing
          title={words.title}
          asked={list}
          total={list.value?.total}
          none={isFiltered(view) ? words.empty : words.none}
          paging={{ page: view.page, perPage: PER_PAGE, href: (page) => hrefOf(view, { page }) }}
        >
          <Table view={view} rows={list.value?.notifications ?? []} turning={list.turning} />
        </Listing>
      </div>
      {view.id !== null && <NotificationDialog id={view.id} onClose={() => route(here, true)} />}
    </Page>
  );
}

function Filters({ view, channels, onView }: { view: View; channels: readonly string[]; onView(to: string): void }) {
  return (
    <search class="bar" aria-label={words.filter}>
      <LateSearch
        label={words.search}
        hint={words.searchHint}
        value={view.q}
        onSettled={(q) => onView(hrefOf(view, { q }))}
      />
      <div class="chips">
        <Chip
          name={words.channel}
          set={view.channel}
          choices={channels.map((value) => ({ value, text: words.channelTitle(value) }))}
          onPick={(channel) => onView(hrefOf(view, { channel }))}
        />
        {view.incident !== null && (
          <Chip
            name={words.incident}
            set={view.incident.slice(0, 8)}
            choices={[]}
            onPick={() => onView(hrefOf(view, { incident: null }))}
          />
        )}
        {isFiltered(view) && (
          <Button quiet href={hrefOf(viewOf({}))}>
            {words.clear}
          </Button>
        )}
      </div>
      <SpanFilter of={view} onPick={(span) => onView(hrefOf(view, span))} />
    </search>
  );
}

const { columns } = words;
const HEADS = [
  { text: columns.message },
  { text: columns.status },
  { text: columns.recipient },
  { text: columns.at, num: true },
];

const Table = ({ view, rows, turning }: { view: View; rows: readonly Notification[]; turning: boolean }) => (
  <table class="rows plain" aria-busy={turning}>
    <Heads of={HEADS} />
    <tbody>
      {rows.map((row) => (
        <tr key={row.id}>
          <td class="c-what">
            <a class="t" href={hrefOf(view, { page: view.page, id: row.id })}>
              {row.message.split('\n')[0]}
            </a>
            <div class="small muted dots">
              <span>{words.channelTitle(row.channel)}</span>
              <Incident id={row.incident_id} />
            </div>
          </td>
          <td class="c-state">
            <DeliveryMark of={row} />
          </td>
          <td class="c-who small second">
            <span class="clip">{row.recipient}</span>
          </td>
          <td class="c-age num">
            <Ago at={row.created_at} />
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

import { useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { useAsked } from '../asking';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { Chip, Pages, Search, TabLinks } from '../ui/views';
import { notifications as words } from '../words/notifications';
import { count } from '../words/parts';
import { DeliveryMark, Incident, type Notification } from './delivery';
import { NotificationDialog } from './NotificationDialog';
import { hrefOf, isFiltered, PER_PAGE, questionOf, type View, viewOf } from './view';

/** The delivery log: each message to each address, whether it arrived, and why not. */
export function NotificationsPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const question = hrefOf(view, { page: view.page });
  const list = useAsked(question, () => ports.notify.list(questionOf(view)), { modules: ['notify'] });
  const stats = useAsked('notification-stats', () => ports.notify.statsSummary({}), { modules: ['notify'] });
  const of = stats.value;
  const states = (['sent', 'failed', 'queued', 'cancelled'] as const).map((id) => ({
    id,
    text: words.status[id],
    count: of && count(of[id]),
  }));
  return (
    <Page title={words.title}>
      <div class="stack">
        <TabLinks
          label={words.state}
          tabs={[{ id: '', text: words.all, count: of && count(of.total) }, ...states]}
          current={view.status ?? ''}
          href={(id) => hrefOf(view, { status: id || null })}
        />
        <Filters
          view={view}
          channels={Object.keys(of?.by_channel ?? words.channels)}
          onView={(to) => route(to, true)}
        />
        {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
        {list.value ? (
          <List view={view} rows={list.value.notifications} total={list.value.total} turning={list.turning} />
        ) : (
          !list.problem && (
            <Card title={words.title} hideTitle>
              <Skeleton rows={8} />
            </Card>
          )
        )}
      </div>
      {view.id !== null && (
        <NotificationDialog id={view.id} onClose={() => route(hrefOf(view, { page: view.page }), true)} />
      )}
    </Page>
  );
}

const SEARCH_AFTER_MS = 400;

function Filters({ view, channels, onView }: { view: View; channels: readonly string[]; onView(to: string): void }) {
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
      <div class="chips">
        <Chip
          name={words.channel}
          set={view.channel}
          choices={channels.map((value) => ({ value, text: words.channels[value] ?? value }))}
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
    </search>
  );
}

function List({
  view,
  rows,
  total,
  turning,
}: {
  view: View;
  rows: readonly Notification[];
  total: number;
  turning: boolean;
}) {
  if (rows.length === 0) {
    const said = isFiltered(view) ? words.empty : words.none;
    return (
      <Card title={words.title} hideTitle>
        <Empty title={said.title}>
          <p>{said.text}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card
      title={words.title}
      hideTitle
      footer={<Pages page={view.page} perPage={PER_PAGE} total={total} href={(page) => hrefOf(view, { page })} />}
    >
      <table class="rows plain" aria-busy={turning}>
        <thead>
          <tr>
            <th scope="col">{words.columns.message}</th>
            <th scope="col">{words.columns.status}</th>
            <th scope="col">{words.columns.recipient}</th>
            <th scope="col" class="num">
              {words.columns.at}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td class="c-what">
                <a class="t" href={hrefOf(view, { page: view.page, id: row.id })}>
                  {row.message.split('\n')[0]}
                </a>
                <div class="small muted dots">
                  <span>{words.channels[row.channel] ?? row.channel}</span>
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
    </Card>
  );
}

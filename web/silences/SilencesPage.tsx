import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { Confirm } from '../live/forms';
import { Listing } from '../live/ListCard';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { silences as words } from '../text/silences';
import { Button } from '../ui/button';
import { Badge } from '../ui/icons';
import { Chip } from '../ui/navigation';
import { Page } from '../ui/page';
import { Ago, At } from '../ui/time';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { CalendarStrip } from './CalendarStrip';
import { SilenceDialog } from './SilenceDialog';
import {
  hrefOf,
  type MaintenanceWindow,
  PER_PAGE,
  type Silence,
  STATES,
  type State,
  TONES,
  TOUCHED,
  viewOf,
} from './view';
import { WindowDialog } from './WindowDialog';

type Asked =
  | { act: 'add' }
  | { act: 'plan' }
  | { act: 'change'; silence: Silence }
  | { act: 'end'; silence: Silence }
  | { act: 'move'; window: MaintenanceWindow }
  | { act: 'remove'; window: MaintenanceWindow };

/** Silences and maintenance windows: what is muted now and later, and what was. */
export function SilencesPage() {
  const { query, route } = useLocation();
  const view = viewOf(query);
  const filter = { ...(view.state !== null && { state: view.state as State }), page: view.page, per_page: PER_PAGE };
  const list = useQuery(`silences ${hrefOf(view)}`, () => ports.alerts.listSilences(filter), TOUCHED);
  const planned = useQuery(`windows ${hrefOf(view)}`, () => ports.alerts.listMaintenanceWindows(filter), TOUCHED);
  const asked = useSignal<Asked | null>(null);
  const ask = (next: Asked): void => {
    asked.value = next;
  };
  const close = () => {
    asked.value = null;
    void list.again();
    void planned.again();
  };
  const paging = { page: view.page, perPage: PER_PAGE, href: (page: number) => hrefOf(view, { page }) };
  return (
    <Page
      title={words.title}
      below={<p class="second">{words.below}</p>}
      actions={
        mayAsk('alerts', 'createSilence') && (
          <div class="acts">
            <Button onClick={() => ask({ act: 'plan' })}>{words.plan}</Button>
            <Button main icon="plus" onClick={() => ask({ act: 'add' })}>
              {words.add}
            </Button>
          </div>
        )
      }
    >
      <search class="bar" aria-label={words.filter}>
        <Chip
          name={words.byState}
          set={view.state}
          choices={STATES.map((value) => ({ value, text: words.state[value] }))}
          onPick={(state) => route(hrefOf(view, { state }), true)}
        />
      </search>
      <CalendarStrip />
      <h2>{words.silences}</h2>
      <Listing title={words.silences} asked={list} total={list.value?.total} none={words.none} rows={3} paging={paging}>
        <ul class="list wraps">
          {list.value?.silences.map((silence) => (
            <SilenceRow key={silence.id} of={silence} onAsk={ask} />
          ))}
        </ul>
      </Listing>
      <h2>{words.windows}</h2>
      <Listing title={words.windows} asked={planned} total={planned.value?.total} none={words.noWindows} rows={2}>
        <ul class="list wraps">
          {planned.value?.windows.map((window) => (
            <WindowRow key={window.id} of={window} onAsk={ask} />
          ))}
        </ul>
      </Listing>
      {asked.value && <Dialogs of={asked.value} onClose={close} />}
    </Page>
  );
}

const Dialogs = ({ of, onClose }: { of: Asked; onClose(): void }) => {
  switch (of.act) {
    case 'add':
      return <SilenceDialog onClose={onClose} />;
    case 'plan':
      return <WindowDialog onClose={onClose} />;
    case 'change':
      return <SilenceDialog of={of.silence} onClose={onClose} />;
    case 'end':
      return <EndSilence of={of.silence} onClose={onClose} />;
    case 'move':
      return <WindowDialog of={of.window} onClose={onClose} />;
    default:
      return <RemoveWindow of={of.window} onClose={onClose} />;
  }
};

const EndSilence = ({ of: { id }, onClose }: { of: Silence; onClose(): void }) => (
  <Confirm
    {...words.ending}
    onClose={onClose}
    act={async () => {
      await ports.alerts.endSilence({ id });
      say(words.ending.done);
    }}
  />
);

const RemoveWindow = ({ of: { id, name }, onClose }: { of: MaintenanceWindow; onClose(): void }) => (
  <Confirm
    {...words.removing}
    title={words.removing.title(name)}
    onClose={onClose}
    act={async () => {
      await ports.alerts.deleteMaintenanceWindow({ id });
      say(words.removing.done(name));
    }}
  />
);

const Matchers = ({ of }: { of: readonly string[] }) => (
  <span class="tags">
    {of.map((matcher) => (
      <code key={matcher}>{matcher}</code>
    ))}
  </span>
);

/** The edge of a span that matters now: its end, its start, or when it ended. */
const Edge = ({ state, starts, ends }: { state: State; starts: string; ends: string }) => {
  if (state === 'expired') {
    return (
      <span>
        {words.ended} <Ago at={ends} />
      </span>
    );
  }
  const at = state === 'active' ? ends : starts;
  return (
    <span>
      {state === 'active' ? words.until : words.from} <At at={at}>{when(at)}</At>
    </span>
  );
};

const SilenceRow = ({ of, onAsk }: { of: Silence; onAsk(asked: Asked): void }) => (
  <li>
    <div class="grow">
      <Matchers of={of.matchers} />
      <div class="small muted dots">
        <Edge state={of.state} starts={of.starts_at} ends={of.ends_at} />
        <span>{of.comment || words.noComment}</span>
        <span>{words.by(of.created_by)}</span>
        {of.muted_alerts > 0 && <a href="/alerts?status=muted">{words.muted(of.muted_alerts)}</a>}
      </div>
    </div>
    <Badge tone={TONES[of.state]}>{words.state[of.state]}</Badge>
    {of.state !== 'expired' && mayAsk('alerts', 'endSilence') && (
      <>
        <Button small quiet onClick={() => onAsk({ act: 'change', silence: of })}>
          {words.change} <span class="sr">{of.matchers.join(', ')}</span>
        </Button>
        <Button small quiet onClick={() => onAsk({ act: 'end', silence: of })}>
          {words.end} <span class="sr">{of.matchers.join(', ')}</span>
        </Button>
      </>
    )}
  </li>
);

const WindowRow = ({ of, onAsk }: { of: MaintenanceWindow; onAsk(asked: Asked): void }) => {
  const span = of.next ?? of.span;
  return (
    <li>
      <div class="grow">
        <span class="t">{of.name}</span>
        <div class="small muted dots">
          {span && <Edge state={of.state} starts={span.starts_at} ends={span.ends_at} />}
          {of.recurrence && <code>{of.recurrence.rrule}</code>}
          {of.services.length > 0 && <span>{of.services.join(', ')}</span>}
          {of.muted_alerts > 0 && <a href="/alerts?status=muted">{words.muted(of.muted_alerts)}</a>}
        </div>
        <Matchers of={of.matchers} />
      </div>
      <Badge tone={TONES[of.state]}>{words.state[of.state]}</Badge>
      {mayAsk('alerts', 'deleteMaintenanceWindow') && (
        <>
          <Button small quiet onClick={() => onAsk({ act: 'move', window: of })}>
            {words.change} <span class="sr">{of.name}</span>
          </Button>
          <Button small quiet onClick={() => onAsk({ act: 'remove', window: of })}>
            {words.remove} <span class="sr">{of.name}</span>
          </Button>
        </>
      )}
    </li>
  );
};

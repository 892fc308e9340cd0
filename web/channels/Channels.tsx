import { useSignal } from '@preact/signals';
import { FormDialog, textIn } from '../live/forms';
import { Listing } from '../live/ListCard';
import { reasonOf } from '../notify/delivery';
import { NotificationDialog } from '../notify/NotificationDialog';
import { type Ports, ports } from '../ports';
import { admin } from '../text/admin';
import { channelSettings } from '../text/channelSettings';
import { count } from '../text/parts';
import { Button } from '../ui/button';
import { Badge } from '../ui/icons';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { when } from '../ui/times';
import { useQuery } from '../useQuery';
import { SelfWatchCard } from './SelfWatchCard';
import { SettingsDialog } from './SettingsDialog';

const { channels: words } = admin;
type State = Awaited<ReturnType<Ports['notify']['channels']>>['channels'][number];

/** The channels: whether each works, its settings, and a test message. */
export function Channels() {
  const list = useQuery('channels', () => ports.notify.channels({}), { modules: ['notify'] });
  const setting = useSignal<State | null>(null);
  const testing = useSignal<State | null>(null);
  const sent = useSignal<string | null>(null);
  return (
    <>
      <Listing title={admin.tabs.channels} asked={list} total={list.value?.channels.length} none={words.none} rows={4}>
        <table class="rows plain">
          <Heads of={HEADS} />
          <tbody>
            {list.value?.channels.map((state) => (
              <Row
                key={state.channel}
                of={state}
                onSet={() => (setting.value = state)}
                onTest={() => (testing.value = state)}
              />
            ))}
          </tbody>
        </table>
      </Listing>
      <SelfWatchCard />
      {setting.value && (
        <SettingsDialog
          of={setting.value}
          onClose={() => {
            setting.value = null;
            void list.again();
          }}
        />
      )}
      {testing.value && (
        <Test of={testing.value} onClose={() => (testing.value = null)} onSent={(id) => (sent.value = id)} />
      )}
      {sent.value && (
        <NotificationDialog
          id={sent.value}
          onClose={() => {
            sent.value = null;
            void list.again();
          }}
        />
      )}
    </>
  );
}

const { columns } = words;
const HEADS = [
  { text: columns.channel },
  { text: columns.sent },
  { text: columns.failed },
  { text: columns.actions, quiet: true },
];

const TONES = { not_configured: 'warn', untried: undefined, working: 'on', failing: 'bad' } as const;

const Row = ({ of, onSet, onTest }: { of: State; onSet(): void; onTest(): void }) => (
  <tr>
    <td class="c-what">
      <strong class="t">{of.title}</strong>{' '}
      {of.reaches ? <Badge tone={TONES[of.state]}>{words.state[of.state]}</Badge> : <Badge>{words.recordsOnly}</Badge>}
      <div class="small muted dots">
        {!of.configured && of.state !== 'failing' && <span>{of.setup}</span>}
        {of.state === 'failing' && (
          <span>{words.failing(of.since === null ? null : when(of.since), reasonOf(of.last_error ?? ''))}</span>
        )}
        {of.queued > 0 && <span>{words.queued(count(of.queued))}</span>}
      </div>
    </td>
    <td class="c-state small second">
      <span class="narrow">{columns.sent} </span>
      {of.last_sent_at ? <Ago at={of.last_sent_at} /> : words.never}
    </td>
    <td class="c-who small second">
      <span class="narrow">{columns.failed} </span>
      {of.last_failed_at ? (
        <>
          <Ago at={of.last_failed_at} />
          {of.last_failure !== null && <div class="muted">{reasonOf(of.last_failure)}</div>}
        </>
      ) : (
        words.never
      )}
    </td>
    <td class="c-age c-acts num">
      <div class="acts">
        {(of.settings.length > 0 || of.inbound_url !== null) && (
          <Button small onClick={onSet}>
            {channelSettings.open}
            <span class="sr">{of.title}</span>
          </Button>
        )}
        <Button small onClick={onTest}>
          {words.test}
          <span class="sr">{of.title}</span>
        </Button>
      </div>
    </td>
  </tr>
);

/** Opens the notification after the test, because a failed test needs its reason. */
const Test = ({ of, onClose, onSent }: { of: State; onClose(): void; onSent(id: string): void }) => (
  <FormDialog
    title={words.testing.title(of.title)}
    verb={words.testing.verb}
    onClose={onClose}
    act={async (form) =>
      onSent((await ports.notify.testChannel({ channel: of.channel, address: textIn(form, 'address') })).id)
    }
    fields={[
      {
        ...{ name: 'address', label: words.testing.address, hint: of.address_hint },
        ...{ required: true, maxLength: 500, autocomplete: 'off' },
      },
    ]}
  />
);

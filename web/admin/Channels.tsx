import { useSignal } from '@preact/signals';
import { useAsked } from '../asking';
import { FormDialog, textIn } from '../live/forms';
import { Listing } from '../live/listing';
import { reasonOf } from '../notify/delivery';
import { NotificationDialog } from '../notify/NotificationDialog';
import { type Ports, ports } from '../ports';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { Badge } from '../ui/marks';
import { Heads } from '../ui/table';
import { Ago } from '../ui/time';
import { when } from '../ui/times';
import { admin } from '../words/admin';
import { notifications } from '../words/notifications';
import { count } from '../words/parts';

const { channels: words } = admin;
type State = Awaited<ReturnType<Ports['notify']['channels']>>['channels'][number];
type Name = State['channel'];

/** The ways to reach somebody: whether each works, and a test of it. */
export function Channels() {
  const list = useAsked('channels', () => ports.notify.channels({}), { modules: ['notify'] });
  const testing = useSignal<Name | null>(null);
  const sent = useSignal<string | null>(null);
  return (
    <>
      <Listing title={admin.tabs.channels} asked={list} total={list.value?.channels.length} none={words.none} rows={4}>
        <table class="rows plain">
          <Heads of={HEADS} />
          <tbody>
            {list.value?.channels.map((state) => (
              <Row key={state.channel} of={state} onTest={() => (testing.value = state.channel)} />
            ))}
          </tbody>
        </table>
      </Listing>
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

const nameOf = (channel: Name): string => notifications.channels[channel] ?? channel;

const Row = ({ of, onTest }: { of: State; onTest(): void }) => (
  <tr>
    <td class="c-what">
      <strong class="t">{nameOf(of.channel)}</strong>{' '}
      {of.channel === 'mock' ? (
        <Badge>{words.recordsOnly}</Badge>
      ) : (
        <Badge tone={TONES[of.state]}>{words.state[of.state]}</Badge>
      )}
      <div class="small muted dots">
        {!of.configured && <span>{words.toSet[of.channel]}</span>}
        {of.state === 'failing' && of.since !== null && (
          <span>{words.failing(when(of.since), reasonOf(of.last_error ?? ''))}</span>
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
    <td class="c-age num">
      <Button small onClick={onTest}>
        {words.test}
        <span class="sr">{nameOf(of.channel)}</span>
      </Button>
    </td>
  </tr>
);

/** What comes back is shown with its attempts, because a test that failed has to say why. */
const Test = ({ of, onClose, onSent }: { of: Name; onClose(): void; onSent(id: string): void }) => (
  <FormDialog
    title={words.testing.title(nameOf(of))}
    verb={words.testing.verb}
    fields={['address']}
    onClose={onClose}
    act={async (form) => onSent((await ports.notify.testChannel({ channel: of, address: textIn(form, 'address') })).id)}
  >
    {(faults) => (
      <TextField
        label={words.testing.address}
        name="address"
        hint={words.testing.hints[of]}
        fault={faults['address']}
        required
        maxLength={500}
        autocomplete="off"
      />
    )}
  </FormDialog>
);

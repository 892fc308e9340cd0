import { useSignal } from '@preact/signals';
import { Confirm, FormDialog, textIn } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { type Ports, ports } from '../ports';
import { mayAsk } from '../session';
import { heartbeats } from '../text/heartbeats';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { Code } from '../ui/code';
import { Dialog } from '../ui/dialog';
import { Badge } from '../ui/icons';
import { Ago } from '../ui/time';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';

const { keys: words } = heartbeats;

type Key = Awaited<ReturnType<Ports['alerts']['listPingKeys']>>['keys'][number];
type Made = Awaited<ReturnType<Ports['alerts']['createPingKey']>>;

/** The keys of ping addresses; a key is shown once, after it is made or replaced. */
export function PingKeys() {
  const list = useQuery('ping keys', () => ports.alerts.listPingKeys({}), {
    ...{ modules: ['alerts'], by: ({ kind }) => kind.startsWith('ping_key') },
    // The use of a key has no event.
    everyMs: 15_000,
  });
  const making = useSignal(false);
  const made = useSignal<Made | null>(null);
  const asked = useSignal<{ act: 'rotate' | 'revoke'; key: Key } | null>(null);
  const keys = list.value?.keys;
  const close = () => {
    making.value = false;
    asked.value = null;
    void list.again();
  };
  return (
    <Card
      title={words.title}
      end={
        mayAsk('alerts', 'createPingKey') && (
          <Button small icon="plus" onClick={() => (making.value = true)}>
            {words.add}
          </Button>
        )
      }
    >
      {list.problem && <ProblemBanner problem={list.problem} onAgain={list.again} />}
      <p class="pad second">{keys?.length === 0 ? words.none : words.text}</p>
      {!keys && !list.problem && <Skeleton rows={1} />}
      {keys && keys.length > 0 && (
        <ul class="list">
          {keys.map((key) => (
            <Row key={key.id} of={key} onAsk={(act) => (asked.value = { act, key })} />
          ))}
        </ul>
      )}
      {making.value && <NewKey onClose={close} onMade={(key) => (made.value = key)} />}
      {asked.value?.act === 'rotate' && (
        <Rotate of={asked.value.key} onClose={close} onMade={(key) => (made.value = key)} />
      )}
      {asked.value?.act === 'revoke' && <Revoke of={asked.value.key} onClose={close} />}
      {made.value && <Shown of={made.value} onClose={() => (made.value = null)} />}
    </Card>
  );
}

const Row = ({ of, onAsk }: { of: Key; onAsk(act: 'rotate' | 'revoke'): void }) => (
  <li>
    <div class="grow">
      <span class="t">{of.name}</span>
      <div class="small muted dots">
        <span>{of.team === null ? words.all : words.ofTeam(of.team)}</span>
        <span class="mono">{of.key_prefix}…</span>
        <span>
          {of.last_used_at ? (
            <>
              {words.used} <Ago at={of.last_used_at} />
            </>
          ) : (
            words.unused
          )}
        </span>
        {of.old_key_ends_at && <span>{words.overlap(when(of.old_key_ends_at))}</span>}
      </div>
    </div>
    {of.revoked_at !== null && <Badge>{words.revoked}</Badge>}
    {of.revoked_at === null && mayAsk('alerts', 'revokePingKey') && (
      <>
        <Button small quiet onClick={() => onAsk('rotate')}>
          {words.rotate} <span class="sr">{of.name}</span>
        </Button>
        <Button small quiet onClick={() => onAsk('revoke')}>
          {words.revoke} <span class="sr">{of.name}</span>
        </Button>
      </>
    )}
  </li>
);

function NewKey({ onClose, onMade }: { onClose(): void; onMade(key: Made): void }) {
  const teams = useQuery('teams', () => ports.oncall.teams({}), { modules: ['oncall'] });
  const { dialog } = words;
  const choices = [
    { value: '', text: dialog.every },
    ...(teams.value ?? []).map(({ team }) => ({ value: team, text: words.ofTeam(team) })),
  ];
  return (
    <FormDialog
      title={dialog.title}
      verb={dialog.verb}
      onClose={onClose}
      act={async (form) => {
        const team = textIn(form, 'team');
        onMade(await ports.alerts.createPingKey({ name: textIn(form, 'name'), ...(team !== '' && { team }) }));
      }}
      fields={[
        {
          ...{ name: 'name', label: dialog.name, hint: dialog.nameHint },
          ...{ required: true, maxLength: 255, autocomplete: 'off' },
        },
        { kind: 'select', name: 'team', label: dialog.team, choices, value: '' },
      ]}
    />
  );
}

const Rotate = ({ of: { id, name }, onClose, onMade }: { of: Key; onClose(): void; onMade(key: Made): void }) => (
  <Confirm
    {...words.rotating}
    title={words.rotating.title(name)}
    onClose={onClose}
    act={async () => onMade(await ports.alerts.rotatePingKey({ id }))}
  />
);

const Revoke = ({ of: { id, name }, onClose }: { of: Key; onClose(): void }) => (
  <Confirm
    {...words.revoking}
    title={words.revoking.title(name)}
    onClose={onClose}
    act={async () => {
      await ports.alerts.revokePingKey({ id });
      say(words.revoking.done(name));
    }}
  />
);

const Shown = ({ of: { name, key, url }, onClose }: { of: Made; onClose(): void }) => (
  <Dialog title={name} onClose={onClose}>
    <p class="second">{words.once}</p>
    <Code label={words.title}>{key}</Code>
    <Code label={words.address(name)}>{url}</Code>
  </Dialog>
);

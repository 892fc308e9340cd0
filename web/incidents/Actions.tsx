import type { ComponentChildren } from 'preact';
import { isLive } from '../live/connection';
import { sentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { mayAsk } from '../session';
import { incident as words } from '../text/incident';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Dock } from '../ui/page';
import { say } from '../ui/toast';
import { acknowledgedSoFar, escalateNow, isBusy, isResting, lead, type Move, mayBecome } from './incidentActions';
import type { Whole } from './timelineSentence';

/** Actions that need a dialog. */
export type Asked = 'reassign' | 'snooze' | 'rate' | 'silence';

interface ActionsProps {
  of: Whole;
  act(to: Move): void;
  ask(what: Asked): void;
  again(): Promise<void>;
}

/** The changes that this state allows. Acknowledge is first and Resolve last, so that neither replaces the other. */
export function Actions({ of, act, ask: askFor, again }: ActionsProps) {
  const waits = !isLive.value && shell.waits;
  const busy = isBusy(of.id);
  const isOpen = of.status === 'open';
  const soFar = acknowledgedSoFar(of);
  const ask = (what: Asked) => !isResting(of.id) && askFor(what);
  const back = (way: 'reopen' | 'unacknowledge') => !isResting(of.id) && void lead(of.id, way).then(again);
  const endSnooze = async () => {
    try {
      await ports.incidents.endSnooze({ id: of.id });
      say(words.snoozeEnded);
      await again();
    } catch (error) {
      say(sentenceOf(problemOf(error)));
    }
  };
  if (of.status === 'resolved') {
    return (
      <Button disabled={waits} onClick={() => back('reopen')}>
        {words.reopen}
      </Button>
    );
  }
  const snooze = of.snoozed_until ? (
    <Button icon="snooze" disabled={waits} onClick={() => void endSnooze()}>
      {words.endSnooze}
    </Button>
  ) : (
    <Button icon="snooze" disabled={waits} onClick={() => ask('snooze')}>
      {words.snooze}
    </Button>
  );
  const resolve = (
    <Button main={!isOpen} busy={!isOpen && busy} disabled={waits} onClick={() => act('resolved')}>
      {words.resolve}
    </Button>
  );
  const acknowledge = (isOpen || soFar?.byMe === false) && (
    <Button main icon="check" busy={busy} disabled={waits} onClick={() => act('acknowledged')}>
      {words.acknowledge}
    </Button>
  );
  const rest: ComponentChildren = (
    <>
      {mayBecome(of.status, 'in_progress') && !isOpen && (
        <Button disabled={waits} onClick={() => act('in_progress')}>
          {words.startWork}
        </Button>
      )}
      {!isOpen && (
        <Button disabled={waits} onClick={() => back('unacknowledge')}>
          {words.unacknowledge}
        </Button>
      )}
      <Button disabled={waits} onClick={() => ask('rate')}>
        {words.rate}
      </Button>
      <Button icon="user" disabled={waits} onClick={() => ask('reassign')}>
        {words.reassign}
      </Button>
      {snooze}
      {of.alerts.length > 0 && mayAsk('alerts', 'createSilence') && (
        <Button icon="mute" disabled={waits} onClick={() => ask('silence')}>
          {words.silence}
        </Button>
      )}
    </>
  );
  return (
    <>
      <div class="acts wide">
        {resolve}
        {rest}
        {acknowledge}
      </div>
      <MoreOnPhone resolve={resolve} rest={rest} />
      <Dock label={words.act}>
        <Button icon="up" disabled={waits} onClick={() => void escalateNow(of)}>
          {words.escalateNow}
        </Button>
        {acknowledge || snooze}
      </Dock>
    </>
  );
}

const MoreOnPhone = ({ resolve, rest }: { resolve: ComponentChildren; rest: ComponentChildren }) => (
  <div class="narrow-only">
    {resolve}
    <details>
      <summary class="btn small">{words.more}</summary>
      <div class="acts">{rest}</div>
    </details>
  </div>
);

import type { ComponentChildren } from 'preact';
import type { Status } from '../../src/incidents/contract';
import { isLive } from '../live/connection';
import { sentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { Button } from '../ui/button';
import { Dock } from '../ui/page';
import { say } from '../ui/toast';
import { incident as words } from '../words/incident';
import { shell } from '../words/shell';
import { escalateNow, isBusy, mayBecome } from './acting';
import type { Whole } from './happened';

/** What is asked for in a dialog before it is done. */
export type Asked = 'reassign' | 'snooze' | 'rate';

interface ActionsProps {
  of: Whole;
  act(to: Status): void;
  ask(what: Asked): void;
  again(): Promise<void>;
}

/** Only moves that are legal from here are shown; the first of them is the main one. */
export function Actions({ of, act, ask, again }: ActionsProps) {
  const waits = !isLive.value && shell.waits;
  const busy = isBusy(of.id);
  const main: Status = of.status === 'open' ? 'acknowledged' : 'resolved';
  const endSnooze = async () => {
    try {
      await ports.incidents.endSnooze({ id: of.id });
      say(words.snoozeEnded);
      await again();
    } catch (error) {
      say(sentenceOf(problemOf(error)));
    }
  };
  const rest: ComponentChildren = (
    <>
      {of.snoozed_until ? (
        <Button icon="snooze" disabled={waits} onClick={() => void endSnooze()}>
          {words.endSnooze}
        </Button>
      ) : (
        <Button icon="snooze" disabled={waits} onClick={() => ask('snooze')}>
          {words.snooze}
        </Button>
      )}
      <Button icon="user" disabled={waits} onClick={() => ask('reassign')}>
        {words.reassign}
      </Button>
      <Button disabled={waits} onClick={() => ask('rate')}>
        {words.rate}
      </Button>
      {mayBecome(of.status, 'in_progress') && of.status !== 'open' && (
        <Button disabled={waits} onClick={() => act('in_progress')}>
          {words.startWork}
        </Button>
      )}
      {main !== 'resolved' && (
        <Button disabled={waits} onClick={() => act('resolved')}>
          {words.resolve}
        </Button>
      )}
    </>
  );
  const mainButton = (
    <Button main icon="check" busy={busy} disabled={waits} onClick={() => act(main)}>
      {main === 'acknowledged' ? words.acknowledge : words.resolve}
    </Button>
  );
  return (
    <>
      <div class="acts wide">
        {rest}
        {mainButton}
      </div>
      <MoreOnPhone rest={rest} />
      <Dock label={words.act}>
        <Button icon="up" label={words.escalateNow} disabled={waits} onClick={() => void escalateNow(of)} />
        {mainButton}
      </Dock>
    </>
  );
}

const MoreOnPhone = ({ rest }: { rest: ComponentChildren }) => (
  <details class="narrow-only">
    <summary class="btn small">{words.more}</summary>
    <div class="acts">{rest}</div>
  </details>
);

import { useSignal } from '@preact/signals';
import { fullSentenceOf, ProblemBanner } from '../live/problems';
import { NotificationDialog } from '../notify/NotificationDialog';
import { ports, problemOf } from '../ports';
import { reach as words } from '../text/reach';
import { reachRules } from '../text/reachRules';
import { Button } from '../ui/button';
import { Card, Empty, Skeleton } from '../ui/card';
import { say } from '../ui/toast';
import { AddMethod } from './AddMethod';
import { DeleteMethod } from './DeleteMethod';
import { LinkAccount } from './LinkAccount';
import { MethodRow } from './MethodRow';
import { canLink, type Method, typedChannels } from './methods';
import { ThisDevice } from './ThisDevice';
import type { Reach } from './useReach';
import { VerifyMethod } from './VerifyMethod';

/** The contact methods of the viewer, in the order in which pages use them. */
export function MethodsCard({ person, of: { asked, channels } }: { person: string; of: Reach }) {
  const adding = useSignal(false);
  const linking = useSignal(false);
  const verifying = useSignal<Method | null>(null);
  const deleting = useSignal<Method | null>(null);
  const tested = useSignal<string | null>(null);
  const methods = asked.value?.contact_methods ?? [];
  const choices = typedChannels(channels.value?.channels ?? []);
  const added = () => {
    adding.value = false;
    void asked.again();
  };
  const close = () => {
    [verifying.value, deleting.value, tested.value] = [null, null, null];
    void asked.again();
  };
  const act = async (work: () => Promise<unknown>, done?: string) => {
    try {
      await work();
      if (done !== undefined) say(done);
    } catch (error) {
      say(fullSentenceOf(problemOf(error)));
    }
    await asked.again();
  };
  return (
    <Card
      title={words.title}
      count={asked.value && methods.length}
      footer={
        <p class="small second">
          <a href="/api/v1/contact-card.vcf">{words.card}</a>. {words.cardHint}
        </p>
      }
    >
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {asked.value === undefined && !asked.problem && <Skeleton rows={2} />}
      {asked.value !== undefined && methods.length === 0 && (
        <Empty title={words.none.title}>
          <p>{words.none.text}</p>
        </Empty>
      )}
      <ol class="list methods">
        {methods.map((method, at) => (
          <MethodRow key={method.id} of={method}>
            <MethodActions
              of={method}
              at={at}
              count={methods.length}
              act={act}
              onVerify={() => (verifying.value = method)}
              onTested={(id) => (tested.value = id)}
              onDelete={() => (deleting.value = method)}
            />
          </MethodRow>
        ))}
      </ol>
      <div class="pad acts">
        {choices.length > 0 ? (
          <Button icon="plus" onClick={() => (adding.value = true)}>
            {words.add}
          </Button>
        ) : (
          channels.value && <p class="second">{words.noChannel}</p>
        )}
        {channels.value?.channels.some(canLink) && (
          <Button onClick={() => (linking.value = true)}>{reachRules.link.open}</Button>
        )}
        <ThisDevice person={person} onEnabled={added} />
      </div>
      {adding.value && (
        <AddMethod
          channels={choices}
          person={person}
          onClose={added}
          onAdded={(method) => (verifying.value = method)}
        />
      )}
      {verifying.value && !adding.value && <VerifyMethod of={verifying.value} onClose={close} />}
      {linking.value && <LinkAccount methods={methods} onClose={() => (linking.value = false)} />}
      {deleting.value && <DeleteMethod of={deleting.value} all={methods} onClose={close} />}
      {tested.value && <NotificationDialog id={tested.value} onClose={close} />}
    </Card>
  );
}

interface ActionsProps {
  of: Method;
  at: number;
  count: number;
  act(work: () => Promise<unknown>, done?: string): Promise<void>;
  onVerify(): void;
  onTested(id: string): void;
  onDelete(): void;
}

function MethodActions({ of, at, count, act, onVerify, onTested, onDelete }: ActionsProps) {
  const name = <span class="sr">{of.label || `${words.channelOf(of.channel)} ${of.address}`}</span>;
  const move = (position: number) => act(() => ports.notify.changeContactMethod({ id: of.id, position }), words.moved);
  const turn = (disabled: boolean) =>
    act(() => ports.notify.changeContactMethod({ id: of.id, disabled }), disabled ? words.disabled : words.enabled);
  const test = () => act(async () => onTested((await ports.notify.testContactMethod({ id: of.id })).id));
  return (
    <div class="acts">
      {of.state === 'unverified' && of.proof === 'code' && (
        <Button small onClick={onVerify}>
          {words.verify}
          {name}
        </Button>
      )}
      {of.state !== 'unverified' && (
        <Button small onClick={() => void test()}>
          {words.test}
          {name}
        </Button>
      )}
      {at > 0 && (
        <Button small quiet onClick={() => void move(at - 1)}>
          {words.up}
          {name}
        </Button>
      )}
      {at < count - 1 && (
        <Button small quiet onClick={() => void move(at + 1)}>
          {words.down}
          {name}
        </Button>
      )}
      <Button small quiet onClick={() => void turn(of.state !== 'disabled')}>
        {of.state === 'disabled' ? words.enable : words.disable}
        {name}
      </Button>
      <Button small quiet onClick={onDelete}>
        {words.remove}
        {name}
      </Button>
    </div>
  );
}

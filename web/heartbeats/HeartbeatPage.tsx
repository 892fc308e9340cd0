import { useSignal } from '@preact/signals';
import { useLocation, useRoute } from 'preact-iso';
import { origin } from '../base';
import { SnippetTabs } from '../integrations/SnippetTabs';
import { Confirm } from '../live/forms';
import { ProblemBanner, sentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { mayAsk } from '../session';
import { heartbeats } from '../text/heartbeats';
import { count } from '../text/parts';
import { Button } from '../ui/button';
import { Banner, Card, Empty, Facts, Skeleton } from '../ui/card';
import { Code } from '../ui/code';
import { SeverityMark } from '../ui/icons';
import { Page } from '../ui/page';
import { Ago } from '../ui/time';
import { span, when } from '../ui/times';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { HeartbeatDialog } from './HeartbeatDialog';
import './heartbeats.css';
import { Next, StateBadge } from './marks';
import { Pings } from './Pings';
import { KEY_GOES_HERE, seesAddress, snippetsOf } from './snippets';
import { expected, type Heartbeat, TOUCHED } from './view';

const { page: words } = heartbeats;

/** One heartbeat: its state, its pings and run times, and how a job pings it. */
export function HeartbeatPage() {
  const { params } = useRoute();
  const { route } = useLocation();
  const id = params['id'] ?? '';
  const asked = useQuery(`heartbeat ${id}`, () => ports.alerts.getHeartbeat({ id }), TOUCHED);
  const dialog = useSignal<'edit' | 'remove' | null>(null);
  const of = asked.value;
  const missing = asked.problem?.kind === 'not-found' || asked.problem?.kind === 'malformed';
  const close = () => {
    dialog.value = null;
    void asked.again();
  };
  return (
    <Page
      title={of?.name ?? heartbeats.title}
      above={
        <nav class="small" aria-label={words.breadcrumb}>
          <a class="second" href="/heartbeats">
            {heartbeats.title}
          </a>
        </nav>
      }
      below={
        of && (
          <div class="row wrap second">
            <StateBadge of={of.state} />
            <span>
              <Next of={of} />
            </span>
          </div>
        )
      }
      actions={
        of &&
        mayAsk('alerts', 'updateHeartbeat') && (
          <Actions of={of} again={asked.again} onAsk={(which) => (dialog.value = which)} />
        )
      }
    >
      {asked.problem && !missing && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {missing && <Gone />}
      {!of && !asked.problem && <Skeleton rows={6} />}
      {of && <Whole of={of} />}
      {of && dialog.value === 'edit' && <HeartbeatDialog of={of} onClose={close} />}
      {of && dialog.value === 'remove' && <Remove of={of} onClose={close} onDone={() => route('/heartbeats')} />}
    </Page>
  );
}

const Gone = () => (
  <Card title={words.gone.title} hideTitle>
    <Empty title={words.gone.title}>
      <div class="acts">
        <Button href="/heartbeats">{words.gone.back}</Button>
      </div>
    </Empty>
  </Card>
);

function Actions({
  of,
  again,
  onAsk,
}: {
  of: Heartbeat;
  again(): Promise<void>;
  onAsk(which: 'edit' | 'remove'): void;
}) {
  const busy = useSignal(false);
  const toggle = async () => {
    busy.value = true;
    try {
      const { id, name } = of;
      await (of.paused ? ports.alerts.resumeHeartbeat({ id }) : ports.alerts.pauseHeartbeat({ id }));
      say(of.paused ? heartbeats.resumed(name) : heartbeats.paused(name));
    } catch (error) {
      say(sentenceOf(problemOf(error)));
    } finally {
      busy.value = false;
      await again();
    }
  };
  return (
    <div class="acts">
      <Button icon="edit" onClick={() => onAsk('edit')}>
        {heartbeats.edit}
      </Button>
      <Button busy={busy.value} onClick={() => void toggle()}>
        {of.paused ? heartbeats.resume : heartbeats.pause}
      </Button>
      <Button danger onClick={() => onAsk('remove')}>
        {heartbeats.remove}
      </Button>
    </div>
  );
}

function Whole({ of }: { of: Heartbeat }) {
  return (
    <>
      {of.state === 'down' && (
        <Banner tone="bad">
          {of.down_since && words.down(when(of.down_since))} {of.down_cause && heartbeats.cause[of.down_cause]}
        </Banner>
      )}
      {of.outage && <Banner tone="warn">{words.outage(when(of.outage.from), when(of.outage.until))}</Banner>}
      <div class="cols two">
        <div class="stack">
          <Pings of={of} />
          <SetUp of={of} />
        </div>
        <Definition of={of} />
      </div>
    </>
  );
}

const SetUp = ({ of }: { of: Heartbeat }) => (
  <Card title={words.setUp}>
    <div class="pad stack">
      {seesAddress(of) ? (
        <>
          <Code label={words.address}>{of.ping_url}</Code>
          <p class="second">{words.addressHint}</p>
        </>
      ) : (
        <p class="second">{words.placeholder(KEY_GOES_HERE)}</p>
      )}
      <SnippetTabs label={words.setUp} of={snippetsOf(of, origin())} />
    </div>
  </Card>
);

const Definition = ({ of }: { of: Heartbeat }) => (
  <Card title={words.facts}>
    <div class="pad">
      <Facts
        of={[
          [words.slug, <span class="mono">{of.slug}</span>],
          of.team === null
            ? [words.owner.service, <a href={`/services/${encodeURIComponent(of.service ?? '')}`}>{of.service}</a>]
            : [words.owner.team, of.team],
          [words.severity, <SeverityMark of={of.severity} />],
          [words.schedule, expected(of)],
          [words.grace, span(of.schedule.grace)],
          [words.last, of.last_ping_at ? <Ago at={of.last_ping_at} /> : heartbeats.never],
          ...(of.due_at && of.down_at && !of.paused
            ? ([
                [words.next, when(of.due_at)],
                [words.deadline, when(of.down_at)],
              ] as const)
            : []),
          [words.pings, count(of.pings)],
          [
            words.made,
            <>
              <Ago at={of.created_at} /> {words.madeBy(of.created_by)}
            </>,
          ],
        ]}
      />
      <p class="small">
        <a href={`/alerts?q=${encodeURIComponent(of.name)}`}>{words.alerts}</a>
      </p>
    </div>
  </Card>
);

const Remove = ({ of: { id, name }, onClose, onDone }: { of: Heartbeat; onClose(): void; onDone(): void }) => (
  <Confirm
    {...heartbeats.removing}
    title={heartbeats.removing.title(name)}
    onClose={onClose}
    act={async () => {
      await ports.alerts.deleteHeartbeat({ id });
      say(heartbeats.removing.done(name));
      onDone();
    }}
  />
);

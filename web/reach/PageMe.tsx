import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { ProblemBanner } from '../live/problems';
import { reasonOf } from '../notify/delivery';
import { type Ports, ports, problemOf } from '../ports';
import { reach } from '../text/reach';
import { reachRules } from '../text/reachRules';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { Badge } from '../ui/icons';
import { Ago } from '../ui/time';
import { clockSeconds, now } from '../ui/times';
import { useQuery } from '../useQuery';
import type { Method } from './methods';
import { labelOf } from './rules';
import './reach.css';

const { pageMe: words } = reachRules;
/** A test page is shown for so long after it began. */
const SHOWN_MS = 15 * 60_000;
const AGAIN_MS = 5_000;

type TestPage = Awaited<ReturnType<Ports['notify']['page']>>;
type Message = TestPage['messages'][number];
type Sent = Awaited<ReturnType<Ports['notify']['ofIncident']>>['notifications'][number];

/** The newest test page of the viewer with its messages, while it is recent. */
async function newestTest(): Promise<{ page: TestPage; sent: readonly Sent[] } | null> {
  const { pages } = await ports.notify.pages({});
  const page = pages.find(({ incident_id }) => incident_id.startsWith('page-me:'));
  if (page === undefined || Date.parse(page.created_at) < Date.now() - SHOWN_MS) return null;
  return { page, sent: (await ports.notify.ofIncident({ incident_id: page.incident_id })).notifications };
}

/** Pages the viewer by their own rules, and shows what each message does. */
export function PageMe({ methods }: { methods: readonly Method[] }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = useQuery('page me', newestTest, { modules: ['notify'], everyMs: AGAIN_MS });
  const start = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await ports.notify.pageMe({});
    } catch (error) {
      setProblem(problemOf(error));
    }
    await asked.again();
    setBusy(false);
  };
  return (
    <Card title={words.title}>
      <div class="pad stack">
        <p class="second">{words.text}</p>
        {problem && <ProblemBanner problem={problem} />}
        <div class="acts">
          <Button icon="sent" busy={busy} onClick={() => void start()}>
            {asked.value ? words.again : words.verb}
          </Button>
        </div>
      </div>
      {asked.value && <Progress of={asked.value} methods={methods} />}
    </Card>
  );
}

function Progress({ of: { page, sent }, methods }: { of: NonNullable<Awaited<ReturnType<typeof newestTest>>> } & Own) {
  const { state, reason } = page;
  const answered = state === 'cancelled' && reason === 'acknowledged';
  return (
    <div class="page-me" role="status">
      <div class="pad row wrap">
        <span>
          {words.began} <Ago at={page.created_at} />
        </span>
        <Badge tone={state === 'unreached' ? 'bad' : 'on'}>
          {answered ? words.answeredState : words.states[state]}
        </Badge>
        {state === 'cancelled' && reason !== null && (
          <span class="small second">{answered ? words.youAnswered : reasonOf(reason)}</span>
        )}
      </div>
      <ul class="list">
        {page.messages.map((message) => (
          <Row
            key={message.notification_id ?? `${message.rule} ${message.contact_method}`}
            of={message}
            sent={sent.find(({ id }) => id === message.notification_id)}
            method={methods.find(({ id }) => id === message.contact_method)}
            since={page.created_at}
          />
        ))}
      </ul>
    </div>
  );
}

interface Own {
  methods: readonly Method[];
}

interface RowProps {
  of: Message;
  sent: Sent | undefined;
  method: Method | undefined;
  /** When the page began. */
  since: string;
}

function Row({ of, sent, method, since }: RowProps) {
  const answeredAt = sent === undefined ? null : (method?.last_answered_at ?? null);
  return (
    <li>
      <div class="grow">
        <strong>{method ? labelOf(method) : reach.channelOf(of.channel)}</strong>
        <ul class="small second">
          {stepsOf(of, sent).map((step) => (
            <li key={step}>{step}</li>
          ))}
          {answeredAt !== null && answeredAt > since && <li>{words.answered(clockSeconds(answeredAt))}</li>}
        </ul>
      </div>
      <Badge tone={TONES[of.status]}>{reachRules.status[of.status]}</Badge>
    </li>
  );
}

const TONES: Record<Message['status'], 'on' | 'warn' | 'bad' | undefined> = {
  planned: undefined,
  queued: undefined,
  sent: 'on',
  delivered: 'on',
  recorded: 'warn',
  undelivered: 'bad',
  failed: 'bad',
  cancelled: undefined,
};

/** What has happened to one message so far. */
function stepsOf({ status, at, reason }: Message, sent: Sent | undefined): string[] {
  const because = reason === null ? '' : reasonOf(reason);
  if (status === 'planned') return [Date.parse(at) > now.value ? words.planned(clockSeconds(at)) : words.created];
  if (status === 'cancelled' || status === 'failed') return [words.failed(because)];
  const tries = sent?.attempts.filter(({ outcome }) => outcome === 'failed').length ?? 0;
  return [
    ...(status === 'queued' ? [tries > 0 ? words.retry(tries) : words.created] : []),
    ...(sent?.sent_at ? [words.accepted(clockSeconds(sent.sent_at))] : []),
    ...(sent?.delivered_at ? [words.delivered(clockSeconds(sent.delivered_at))] : []),
    ...(status === 'undelivered' ? [words.undelivered(because)] : []),
  ];
}

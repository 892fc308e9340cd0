import { useSignal } from '@preact/signals';
import { useRef, useState } from 'preact/hooks';
import { isLive } from '../live/connection';
import { sentenceOf as sentenceOfProblem } from '../live/problems';
import { type Ports, ports, problemOf } from '../ports';
import { mayAsk } from '../session';
import { Button } from '../ui/button';
import { Empty, Skeleton } from '../ui/card';
import { Markdown } from '../ui/markdown';
import { Badge, Icon, SeverityMark } from '../ui/marks';
import { useUnsavedGuard } from '../ui/page';
import { At } from '../ui/time';
import { clockSeconds, when, zone } from '../ui/times';
import { say } from '../ui/toast';
import { Segments } from '../ui/views';
import { incident as words } from '../words/incident';
import { shell } from '../words/shell';
import { type Kind, type Sentence, sentenceOf, type Whole } from './happened';
import { postmortemOf } from './postmortem';

/** What stands under the tabs of an incident. */

const SHOWN: readonly { id: Kind | 'all'; text: string }[] = [
  { id: 'all', text: words.show.all },
  { id: 'people', text: words.show.people },
  { id: 'pages', text: words.show.pages },
  { id: 'alerts', text: words.show.alerts },
];

export function TimelineTab({ of, onNoted }: { of: Whole; onNoted(): Promise<void> }) {
  const shown = useSignal<Kind | 'all'>('all');
  const all = of.timeline.map((entry) => ({ entry, sentence: sentenceOf(entry, of) })).reverse();
  const entries = all.filter(({ sentence }) => shown.value === 'all' || sentence.kind === shown.value);
  return (
    <>
      <div class="row wrap">
        <Segments label={words.show.label} of={SHOWN} current={shown.value} onPick={(id) => (shown.value = id)} />
        <span class="label end wide">{words.order(zone())}</span>
      </div>
      {mayAsk('incidents', 'addNote') && <NoteForm id={of.id} onNoted={onNoted} />}
      {entries.length === 0 && <p class="second">{words.nothing}</p>}
      <ol class="line">
        {entries.map(({ entry, sentence }) => (
          <li key={entry.id}>
            <At at={entry.created_at}>{clockSeconds(entry.created_at)}</At>
            <span class={`node ${sentence.tone}`}>
              <Icon name={sentence.icon} />
            </span>
            <Said of={sentence} />
          </li>
        ))}
      </ol>
    </>
  );
}

const Said = ({ of: { who, text, strong, because, note } }: { of: Sentence }) => (
  <div>
    <p>
      {who !== null && <strong>{who} </strong>}
      {who === null ? text : <span class="second">{text}</span>}
      {strong && <strong> {strong}</strong>}
      {because && <span class="muted"> {because}</span>}
    </p>
    {note && (
      <div class="note">
        <Markdown text={note} />
      </div>
    )}
  </div>
);

function NoteForm({ id, onNoted }: { id: string; onNoted(): Promise<void> }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  useUnsavedGuard(text.trim() !== '');
  const add = async () => {
    const content = text.trim();
    if (content === '' || busy || !isLive.peek()) return;
    setBusy(true);
    try {
      await ports.incidents.addNote({ id, content });
      setText('');
      say(words.noteAdded);
      await onNoted();
    } catch (error) {
      say(sentenceOfProblem(problemOf(error)));
    }
    setBusy(false);
  };
  return (
    <form
      class="row noting"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <textarea
        class="input grow"
        id="note"
        rows={text.includes('\n') || text.length > 80 ? 4 : 1}
        placeholder={words.noteHint}
        aria-label={words.noteLabel}
        maxLength={20_000}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
          event.preventDefault();
          void add();
        }}
      />
      <Button type="submit" busy={busy} disabled={!isLive.value && shell.waits}>
        {words.add}
      </Button>
    </form>
  );
}

export function Alerts({ of, small = false }: { of: Whole; small?: boolean }) {
  const { alerts: said } = words;
  if (of.alerts.length === 0) return <Empty title={said.none} />;
  const shown = small ? of.alerts.slice(0, 5) : of.alerts;
  const hidden = of.alerts_total - shown.length;
  return (
    <>
      <ul class={small ? 'list' : 'list card'}>
        {shown.map((alert) => (
          <li key={alert.id}>
            <div class="grow stack tight">
              <div class="row">
                <SeverityMark of={alert.severity} quiet />
                <strong class={small ? 'clip' : 'grow'}>{alert.message}</strong>
                <span class="label end nowrap">
                  {alert.firing ? (
                    said.firing
                  ) : (
                    <At at={alert.ended_at ?? alert.created_at}>
                      {said.ended(when(alert.ended_at ?? alert.created_at))}
                    </At>
                  )}
                </span>
              </div>
              <div class="tags">
                {Object.entries(alert.labels).map(([name, value]) => (
                  <code>
                    {name}={String(value)}
                  </code>
                ))}
              </div>
              {!small && (
                <details>
                  <summary class="small second">{said.payload}</summary>
                  <pre class="code" tabIndex={0} aria-label={said.payload}>
                    {JSON.stringify(alert, null, 2)}
                  </pre>
                </details>
              )}
            </div>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="pad small second">{said.more(hidden)}</p>}
    </>
  );
}

type Notifications = Awaited<ReturnType<Ports['notify']['list']>>['notifications'];
type Told = Notifications[number];
/** The mock channel writes down and tells nobody; that is not called delivered. */
function Result({ channel, status }: Pick<Told, 'channel' | 'status'>) {
  const recorded = channel === 'mock' && status === 'sent';
  return <Badge tone={recorded ? undefined : TONE[status]}>{words.told.status[recorded ? 'recorded' : status]}</Badge>;
}
const TONE = { queued: undefined, sent: 'on', failed: 'warn', cancelled: undefined } as const;

export function Told({ of, small = false }: { of: Notifications | undefined; small?: boolean }) {
  if (of === undefined) return <Skeleton rows={2} />;
  if (of.length === 0) return <Empty title={words.told.none} />;
  return (
    <ul class={small ? 'list small' : 'list card'}>
      {of.map(({ id, recipient, channel, status, reason, created_at }) => (
        <li key={id}>
          <div class="grow">
            <div>
              {recipient} <span class="muted">{channel}</span>
            </div>
            <div class="label">
              <At at={created_at}>{clockSeconds(created_at)}</At>
              {reason && ` · ${reason.replaceAll('_', ' ')}`}
            </div>
          </div>
          <Result channel={channel} status={status} />
        </li>
      ))}
    </ul>
  );
}

export function Postmortem({ of }: { of: Whole }) {
  const draft = postmortemOf(of);
  const area = useRef<HTMLTextAreaElement>(null);
  const { postmortem } = words;
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([area.current?.value ?? draft], { type: 'text/markdown' }));
    link.download = `post-mortem-${of.id.slice(0, 8)}.md`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const copy = async () => {
    await navigator.clipboard.writeText(area.current?.value ?? draft);
    say(postmortem.copied);
  };
  return (
    <>
      <div class="row wrap">
        <p class="second grow">{postmortem.text}</p>
        <div class="acts">
          <Button icon="copy" onClick={() => void copy()}>
            {postmortem.copy}
          </Button>
          <Button icon="download" onClick={download}>
            {postmortem.download}
          </Button>
        </div>
      </div>
      <textarea
        class="input mono"
        rows={22}
        aria-label={postmortem.label}
        ref={area}
        defaultValue={draft}
        spellcheck={false}
      />
    </>
  );
}

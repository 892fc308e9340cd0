import { useSignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { isLive } from '../live/connection';
import { sentenceOf as sentenceOfProblem } from '../live/problems';
import { ports, problemOf } from '../ports';
import { mayAsk } from '../session';
import { incident as words } from '../text/incident';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { Markdown } from '../ui/markdown';
import { Segments } from '../ui/navigation';
import { useUnsavedGuard } from '../ui/page';
import { At } from '../ui/time';
import { clockSeconds, zone } from '../ui/times';
import { say } from '../ui/toast';
import { type Deliveries, deliveriesAsSentences } from './deliveries';
import { type Kind, type Sentence, sentenceOf, type Whole } from './timelineSentence';

/** The timeline of an incident, newest first, with its deliveries; and the field for a note. */

const SHOWN: readonly { id: Kind | 'all'; text: string }[] = [
  { id: 'all', text: words.show.all },
  { id: 'people', text: words.show.people },
  { id: 'pages', text: words.show.pages },
  { id: 'alerts', text: words.show.alerts },
  { id: 'deliveries', text: words.show.deliveries },
];

interface TimelineTabProps {
  of: Whole;
  deliveries: Deliveries | undefined;
  onNoted(): Promise<void>;
}

export function TimelineTab({ of, deliveries, onNoted }: TimelineTabProps) {
  const shown = useSignal<Kind | 'all'>('all');
  const happened = of.timeline.map((entry) => ({
    id: entry.id,
    at: entry.created_at,
    sentence: sentenceOf(entry, of),
  }));
  const all = [...happened, ...deliveriesAsSentences(deliveries ?? [])].sort((a, b) => a.at.localeCompare(b.at));
  const entries = all.filter(({ sentence }) => shown.value === 'all' || sentence.kind === shown.value).reverse();
  return (
    <>
      <div class="row wrap">
        <Segments label={words.show.label} of={SHOWN} current={shown.value} onPick={(id) => (shown.value = id)} />
        <span class="label end wide">{words.order(zone())}</span>
      </div>
      {mayAsk('incidents', 'addNote') && <NoteForm id={of.id} onNoted={onNoted} />}
      {entries.length === 0 && <p class="second">{words.nothing}</p>}
      <ol class="line">
        {entries.map(({ id, at, sentence }) => (
          <li key={id}>
            <At at={at}>{clockSeconds(at)}</At>
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

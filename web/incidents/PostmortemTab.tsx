import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { isLive } from '../live/connection';
import { Confirm } from '../live/forms';
import { ProblemBanner } from '../live/problems';
import { mayAsk } from '../session';
import { postmortem as words } from '../text/postmortem';
import { shell } from '../text/shell';
import { Button } from '../ui/button';
import { Banner, Skeleton } from '../ui/card';
import { Markdown } from '../ui/markdown';
import { Segments } from '../ui/navigation';
import { when } from '../ui/times';
import { say } from '../ui/toast';
import { Versions } from './PostmortemVersions';
import { draftOf, LONGEST_TEXT } from './postmortemDraft';
import { authorOf, type Latest, type PostmortemEditing, usePostmortem } from './postmortemEditing';
import type { Whole } from './timelineSentence';

/** The post-mortem of an incident: the saved text, else a draft from the timeline; edited, saved, compared, restored. */

const VIEWS = [
  { id: 'edit', text: words.view.edit },
  { id: 'preview', text: words.view.preview },
] as const;
type View = (typeof VIEWS)[number]['id'];

export function PostmortemTab({ of }: { of: Whole }) {
  const editing = usePostmortem(
    of.id,
    useMemo(() => draftOf(of), [of]),
  );
  const picked = useSignal<View | null>(null);
  const { latest, unsaved, problem } = editing;
  if (latest === undefined) {
    return problem ? <ProblemBanner problem={problem} onAgain={() => void editing.again()} /> : <Skeleton rows={4} />;
  }
  const may = mayAsk('incidents', 'savePostmortem');
  const view = may ? (picked.value ?? (latest.version === 0 || unsaved !== null ? 'edit' : 'preview')) : 'preview';
  return (
    <>
      <Notices of={editing} latest={latest} />
      <div class="row wrap">
        {may && <Segments label={words.view.label} of={VIEWS} current={view} onPick={(to) => (picked.value = to)} />}
        <div class="acts end">
          <Take of={of} text={editing.text} />
          {may && <Saving of={editing} latest={latest} />}
        </div>
      </div>
      <p class="small second" role="status">
        {stateOf(editing, latest, may)}
      </p>
      {editing.conflict ? (
        <div class="cols half">
          <Pane title={words.mine} view={view} editing={editing} />
          <Theirs of={latest} view={view} />
        </div>
      ) : (
        <Pane view={view} editing={editing} />
      )}
      {latest.version > 0 && (
        <Versions of={of.id} latest={latest} unsaved={unsaved !== null} onRestored={editing.savedAs} />
      )}
    </>
  );
}

const savedAt = ({ saved_at }: Pick<Latest, 'saved_at'>): string => (saved_at === null ? '' : when(saved_at));

function stateOf({ unsaved }: PostmortemEditing, latest: Latest, may: boolean): string {
  if (latest.version === 0 && unsaved === null) return may ? words.draftHint : words.draftShown;
  const saved = latest.version === 0 ? [] : [`${words.savedBy(authorOf(latest), savedAt(latest), latest.version)}.`];
  return [...saved, ...(unsaved === null ? [] : [words.unsaved])].join(' ');
}

function Notices({ of, latest }: { of: PostmortemEditing; latest: Latest }) {
  const discarding = useSignal(false);
  const { problem, unsaved, conflict, busy } = of;
  return (
    <>
      {problem && <ProblemBanner problem={problem} />}
      {conflict ? (
        <Banner
          tone="bad"
          action={
            <span class="acts">
              <Button small onClick={() => (discarding.value = true)}>
                {words.takeTheirs}
              </Button>
              <Button small busy={busy} disabled={!isLive.value && shell.waits} onClick={() => void of.save()}>
                {words.saveMine(latest.version + 1)}
              </Button>
            </span>
          }
        >
          {words.conflict(authorOf(latest), savedAt(latest), latest.version)}
        </Banner>
      ) : (
        unsaved?.restored && <Banner>{words.restored(when(unsaved.at))}</Banner>
      )}
      {discarding.value && <Discard of={of} onClose={() => (discarding.value = false)} />}
    </>
  );
}

const Discard = ({ of, onClose }: { of: PostmortemEditing; onClose(): void }) => (
  <Confirm
    title={words.discardTitle}
    text={words.discardText}
    verb={words.discard}
    keep={words.keep}
    onClose={onClose}
    act={async () => {
      of.discard();
      say(words.discarded);
    }}
  />
);

function Saving({ of, latest }: { of: PostmortemEditing; latest: Latest }) {
  const discarding = useSignal(false);
  const { unsaved, text, conflict, busy } = of;
  const nothingNew = unsaved === null && latest.version > 0 && words.nothingNew;
  const waits = (!isLive.value && shell.waits) || (text.trim() === '' && words.blank) || nothingNew;
  return (
    <>
      {unsaved !== null && !conflict && <Button onClick={() => (discarding.value = true)}>{words.discard}</Button>}
      {!conflict && (
        <Button busy={busy} disabled={waits} onClick={() => void of.save()}>
          {words.save}
        </Button>
      )}
      {discarding.value && <Discard of={of} onClose={() => (discarding.value = false)} />}
    </>
  );
}

/** Exports the text, as a file or to the clipboard. */
function Take({ of, text }: { of: Whole; text: string }) {
  const download = () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
    link.download = `post-mortem-${of.id.slice(0, 8)}.md`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    say(words.copied);
  };
  return (
    <>
      <Button quiet icon="copy" label={words.copy} onClick={() => void copy()} />
      <Button quiet icon="download" label={words.download} onClick={download} />
    </>
  );
}

const Drawn = ({ text }: { text: string }) => (
  <div class="card pad">
    <Markdown text={text} />
  </div>
);

function Pane({ title, view, editing }: { title?: string; view: View; editing: PostmortemEditing }) {
  const { text, conflict, busy, edit, save } = editing;
  const canSave = !conflict && !busy && text.trim() !== '';
  return (
    <div class="stack tight">
      {title && <h3>{title}</h3>}
      {view === 'preview' ? (
        <Drawn text={text} />
      ) : (
        <textarea
          class="input mono writing"
          rows={20}
          aria-label={title ?? words.label}
          maxLength={LONGEST_TEXT}
          value={text}
          onInput={(event) => edit(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
            event.preventDefault();
            if (canSave && isLive.peek()) void save();
          }}
        />
      )}
    </div>
  );
}

/** The version that another person saved, beside the unsaved text. */
function Theirs({ of, view }: { of: Latest; view: View }) {
  const title = words.theirs(authorOf(of), of.version);
  return (
    <div class="stack tight">
      <h3>{title}</h3>
      {view === 'preview' ? (
        <Drawn text={of.text ?? ''} />
      ) : (
        <textarea class="input mono writing" rows={20} aria-label={title} readOnly value={of.text ?? ''} />
      )}
    </div>
  );
}

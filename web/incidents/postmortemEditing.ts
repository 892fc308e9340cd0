import { useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { type Submitting, useSubmitting } from '../live/forms';
import { type Ports, ports } from '../ports';
import { postmortem as words } from '../text/postmortem';
import { say } from '../ui/toast';
import { type Touch, useQuery } from '../useQuery';
import { concerning } from './eventFilter';
import { keepUnsaved, restoreUnsaved, type Unsaved, unsavedOf } from './postmortemUnsaved';

/** Editing a post-mortem that others may edit too: a save names the version it was written from, and nothing is lost. */

export type Latest = Awaited<ReturnType<Ports['incidents']['postmortem']>>;

/** The person's name, or that it was an API key. */
export const authorOf = ({ author, author_kind }: Pick<Latest, 'author' | 'author_kind'>): string =>
  author_kind === 'key' ? words.key(author ?? '') : (author ?? '');

export interface PostmortemEditing {
  /** The latest version; undefined until the server answered. */
  latest: Latest | undefined;
  problem: Submitting['problem'];
  busy: boolean;
  unsaved: Unsaved | null;
  /** What the editor holds: the unsaved text, else the saved one, else the draft. */
  text: string;
  /** Another version was saved since the unsaved text was begun. */
  conflict: boolean;
  edit(text: string): void;
  discard(): void;
  /** Saves the text of the editor over the latest version that is shown. */
  save(): Promise<void>;
  /** A version that was saved elsewhere on this page. */
  savedAs(made: Latest): void;
  again(): Promise<void>;
}

export const ofPostmortem = (id: string): Touch => ({
  modules: ['incidents'],
  by: (fact) => fact.kind === 'incident_postmortem_saved' && concerning(id)(fact),
});

export function usePostmortem(id: string, draft: string): PostmortemEditing {
  const asked = useQuery(`postmortem ${id}`, () => ports.incidents.postmortem({ id }), ofPostmortem(id));
  const made = useSignal<Latest | null>(null);
  const submitting = useSubmitting();
  useLayoutEffect(() => restoreUnsaved(id), [id]);

  const latest = asked.turning ? undefined : newer(asked.value, made.value);
  const version = latest?.version ?? 0;
  const unsaved = unsavedOf(id);
  const saved = latest?.text ?? draft;
  const text = unsaved?.text ?? saved;

  const edit = (to: string) => {
    const now = unsavedOf(id);
    const from = now?.version ?? version;
    if (to === saved && from === version) return keepUnsaved(id, null);
    keepUnsaved(id, { ...now, text: to, version: from, at: new Date().toISOString() });
  };

  const save = async () => {
    const sent = text;
    const done = await submitting.submit(async () => {
      const answer = await ports.incidents.savePostmortem({ id, text: sent, version });
      made.value = answer;
      const now = unsavedOf(id);
      // What was typed while the answer was on its way is still unsaved.
      keepUnsaved(id, now === null || now.text === sent ? null : { ...now, version: answer.version });
      say(words.saved(answer.version));
    });
    if (!done) await asked.again();
  };

  const conflict = unsaved !== null && version > unsaved.version && unsaved.text !== latest?.text;
  return {
    latest,
    // A conflict is shown by itself, with the text of the other.
    problem: conflict && submitting.problem?.kind === 'conflict' ? null : (submitting.problem ?? asked.problem),
    busy: submitting.busy,
    unsaved,
    text,
    conflict,
    edit,
    discard: () => keepUnsaved(id, null),
    save,
    savedAs: (answer) => {
      made.value = answer;
    },
    again: asked.again,
  };
}

function newer(asked: Latest | undefined, made: Latest | null): Latest | undefined {
  return made !== null && made.version > (asked?.version ?? -1) ? made : asked;
}

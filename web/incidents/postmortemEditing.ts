import { useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import { type Submitting, useSubmitting } from '../live/forms';
import { type Ports, ports } from '../ports';
import { postmortem as words } from '../text/postmortem';
import { say } from '../ui/toast';
import { type Touch, useQuery } from '../useQuery';
import { concerning } from './eventFilter';
import { keepUnsaved, restoreUnsaved, type Unsaved, unsavedOf } from './postmortemUnsaved';

/** Edits a post-mortem that other people can edit too. A save names the version it is based on, so no text is lost. */

export type Latest = Awaited<ReturnType<Ports['incidents']['postmortem']>>;

/** The name of the author, or the text for an API key. */
export const authorOf = ({ author, author_kind }: Pick<Latest, 'author' | 'author_kind'>): string =>
  author_kind === 'key' ? words.key(author ?? '') : (author ?? '');

export interface PostmortemEditing {
  /** The latest version; undefined until the server answered. */
  latest: Latest | undefined;
  problem: Submitting['problem'];
  busy: boolean;
  unsaved: Unsaved | null;
  /** The text of the editor: the unsaved text, else the saved one, else the draft. */
  text: string;
  /** Whether another version was saved after the unsaved text was started. */
  conflict: boolean;
  edit(text: string): void;
  discard(): void;
  /** Saves the text over the latest version on the screen. */
  save(): Promise<void>;
  /** Takes a version that another part of this page saved. */
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
      // Text that was typed during the request is still unsaved.
      keepUnsaved(id, now === null || now.text === sent ? null : { ...now, version: answer.version });
      say(words.saved(answer.version));
    });
    if (!done) await asked.again();
  };

  const conflict = unsaved !== null && version > unsaved.version && unsaved.text !== latest?.text;
  return {
    latest,
    // A conflict is shown elsewhere, with the text of the other person.
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

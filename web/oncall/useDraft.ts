import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { problemOf } from '../ports';

/**
 * Edits something that other people can edit too. Saving sends the version that was opened; if that is not the latest
 * any more, the other version is fetched and shown, and the draft is kept.
 */
export interface StoredDraft<D> {
  draft: D;
  version: string;
}

export interface DraftState<D> {
  draft: D;
  changed: boolean;
  busy: boolean;
  problem: Problem | null;
  /** The version that another person saved meanwhile. */
  theirs: StoredDraft<D> | null;
  edit(change: (draft: D) => D): void;
  /** Resolves to true if the draft was saved. */
  save(): Promise<boolean>;
  discard(): void;
  takeTheirs(): void;
  /** Overwrites the other person's version, after it was shown. */
  keepMine(): Promise<boolean>;
}

interface DraftOptions<D> {
  /** Null for something that does not exist yet. */
  seen: StoredDraft<D> | null;
  empty: D;
  load(): Promise<StoredDraft<D>>;
  store(draft: D, version: string | null): Promise<StoredDraft<D>>;
}

export function useDraft<D>({ seen, empty, load, store }: DraftOptions<D>): DraftState<D> {
  const [base, setBase] = useState(seen);
  const began = base?.draft ?? empty;
  const [draft, setDraft] = useState(began);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [theirs, setTheirs] = useState<StoredDraft<D> | null>(null);

  const begin = (from: StoredDraft<D>) => {
    setBase(from);
    setDraft(from.draft);
    setTheirs(null);
    setProblem(null);
  };

  async function saveOver(version: string | null): Promise<boolean> {
    setBusy(true);
    setProblem(null);
    try {
      begin(await store(draft, version));
      return true;
    } catch (error) {
      await refused(problemOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  }

  async function refused(refusal: Problem): Promise<void> {
    if (refusal.kind !== 'stale') return setProblem(refusal);
    try {
      setTheirs(await load());
    } catch (error) {
      setProblem(problemOf(error));
    }
  }

  return {
    draft,
    changed: JSON.stringify(draft) !== JSON.stringify(began),
    busy,
    problem,
    theirs,
    edit: (change) => setDraft(change),
    save: () => saveOver(base?.version ?? null),
    discard: () => {
      setDraft(began);
      setProblem(null);
    },
    takeTheirs: () => theirs !== null && begin(theirs),
    keepMine: () => saveOver(theirs?.version ?? null),
  };
}

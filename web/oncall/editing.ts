import { useState } from 'preact/hooks';
import type { Problem } from '../../src/kernel/ports/problem';
import { problemOf } from '../ports';

/**
 * Editing something that others may edit too: the draft, what it began from, and what came of saving it. Whoever saves
 * says which version they had seen; where that is no longer the last one, the other's is fetched and shown, and nothing of
 * the draft is lost.
 */
export interface Seen<D> {
  draft: D;
  version: string;
}

export interface Editing<D> {
  draft: D;
  changed: boolean;
  busy: boolean;
  problem: Problem | null;
  /** What somebody else saved meanwhile. */
  theirs: Seen<D> | null;
  edit(change: (draft: D) => D): void;
  /** Answers whether it is saved. */
  save(): Promise<boolean>;
  discard(): void;
  takeTheirs(): void;
  /** Saves over what is there now, having shown it. */
  keepMine(): Promise<boolean>;
}

interface Edited<D> {
  /** Null for something that does not exist yet. */
  seen: Seen<D> | null;
  empty: D;
  load(): Promise<Seen<D>>;
  store(draft: D, version: string | null): Promise<Seen<D>>;
}

export function useEditing<D>({ seen, empty, load, store }: Edited<D>): Editing<D> {
  const [base, setBase] = useState(seen);
  const began = base?.draft ?? empty;
  const [draft, setDraft] = useState(began);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [theirs, setTheirs] = useState<Seen<D> | null>(null);

  const begin = (from: Seen<D>) => {
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

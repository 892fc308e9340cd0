import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { sentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { rules } from '../text/rules';
import { say } from '../ui/toast';
import { inOrder, movedTo, type Rule, type RuleList } from './view';

const { order: words } = rules;

/** The order that a person makes: shown at once, saved one request at a time, against the version that was shown. */
export interface RuleOrder {
  rules: readonly Rule[];
  busy: boolean;
  /** Another person changed the rules since the move began; the move is not saved. */
  conflict: boolean;
  forget(): void;
  /** Moves a rule to a place, counted from 0. Does nothing if it is there already. */
  move(id: string, to: number): void;
}

export const gripOf = (id: string): string => `grip-${id}`;

/** Gives the focus back to an element, or to the grip of its rule if it cannot take it. */
function refocus({ id, element }: { id: string; element: string }): void {
  const before = document.getElementById(element);
  const target = before?.matches(':disabled') ? document.getElementById(gripOf(id)) : before;
  target?.focus();
}

/** What the page wants that the list does not show yet. */
interface Pending {
  /** The ids in the wanted order; null if the list is right. */
  wanted: readonly string[] | null;
  saving: boolean;
  /** The version that the next move is based on. */
  version: string;
  /** Versions from before the last saved move: a list with one of them is late. */
  outdated: Set<string>;
  /** The element that has the focus again after the drawing. */
  focused: { id: string; element: string } | null;
}

export function useRuleOrder(list: RuleList | undefined, again: () => Promise<void>): RuleOrder {
  const pending = useRef<Pending>({ wanted: null, saving: false, version: '', outdated: new Set(), focused: null });
  const [, draw] = useState(0);
  const [conflict, setConflict] = useState(false);
  const now = pending.current;
  if (list !== undefined && !now.saving && !now.outdated.has(list.version)) now.wanted = null;
  if (list !== undefined && now.wanted === null) now.version = list.version;
  const shown = inOrder(list?.rules ?? [], now.wanted);

  // A moved element loses the focus, so the next arrow key would do nothing.
  useLayoutEffect(() => {
    if (now.focused !== null) refocus(now.focused);
    now.focused = null;
  });

  /** Saves until the stored order is the wanted one, because a person can move again meanwhile. */
  async function save(): Promise<void> {
    now.saving = true;
    try {
      for (let saved: readonly string[] | null = null; wanted() !== saved; ) {
        saved = wanted();
        now.outdated.add(now.version);
        const answer = await ports.alerts.orderRules({ ids: [...(saved ?? [])], if_match: `"${now.version}"` });
        now.version = answer.version;
        now.outdated.delete(answer.version);
      }
    } catch (error) {
      const problem = problemOf(error);
      now.wanted = null;
      now.outdated.clear();
      // `invalid` means that the ids are no longer those of all rules.
      if (problem.kind === 'stale' || problem.kind === 'invalid') setConflict(true);
      else say(sentenceOf(problem));
    } finally {
      now.saving = false;
      draw((n) => n + 1);
      await again();
    }
  }
  const wanted = () => now.wanted;

  function put(next: readonly string[]): void {
    setConflict(false);
    now.wanted = next;
    draw((n) => n + 1);
    if (!now.saving) void save();
  }

  return {
    rules: shown,
    busy: now.saving,
    conflict,
    forget: () => setConflict(false),
    move(id, to) {
      const before = shown.map((rule) => rule.id);
      const from = before.indexOf(id);
      const place = Math.min(Math.max(0, to), before.length - 1);
      if (from < 0 || from === place) return;
      const element = document.activeElement;
      now.focused = element?.closest(`[data-row="${id}"]`) ? { id, element: element.id } : null;
      put(movedTo(before, from, place));
      say(words.moved(shown[from]?.name ?? '', place + 1, before.length), () => put(before));
    },
  };
}

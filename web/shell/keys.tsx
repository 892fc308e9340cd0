import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { keepHere, keptHere } from '../theme';
import { Dialog } from '../ui/dialog';
import { Tick } from '../ui/field';
import { shell } from '../words/shell';

/** Keys that act at once. They sleep inside fields and under dialogs, and can be switched off. */
export type Bindings = Record<string, () => void>;

const layers: Bindings[] = [];
const GO_WITHIN_MS = 1_200;
let goUntil = 0;

export const singleKeys = signal(keptHere('keys') !== 'off');
export const helpShown = signal(false);

/** The innermost of those who bind a key takes it. `bindings` may be made anew at each drawing. */
export function useKeys(bindings: Bindings): void {
  useEffect(() => {
    layers.push(bindings);
    return () => void layers.splice(layers.indexOf(bindings), 1);
  });
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const isTick = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type === 'checkbox';

/** `g` waits for a second key; both together are bound as `g h`. */
function named(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (Date.now() < goUntil) {
    goUntil = 0;
    return `g ${key}`;
  }
  if (key === 'g') goUntil = Date.now() + GO_WITHIN_MS;
  return event.key === '?' ? '?' : key;
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const find = (key: string) => layers.findLast((layer) => layer[key] !== undefined)?.[key];
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    find('mod k')?.();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (isField(event.target) && !isTick(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur();
    return;
  }
  if (!singleKeys.peek() || document.querySelector('dialog[open]')) return;
  if (
    event.key === 'Enter' &&
    event.target !== document.body &&
    (event.target as Element).matches('a, button, summary')
  )
    return;
  const act = find(named(event));
  if (act === undefined) return;
  event.preventDefault();
  act();
}

export function useKeyboard(): void {
  useEffect(() => {
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

const { keys: words, nav } = shell;
const EVERYWHERE: readonly (readonly [string, string])[] = [
  ['⌘K', words.jump],
  ['c', words.create],
  ['?', words.help],
  ['g h', words.go(nav.home)],
  ['g i', words.go(nav.incidents)],
  ['g o', words.go(nav.oncall)],
  ['g a', words.go(nav.alerts)],
  ['g m', words.go(nav.analytics)],
  ['Esc', words.back],
];
const LISTS: readonly (readonly [string, string])[] = [
  ['j', words.down],
  ['k', words.up],
  ['x', words.choose],
  ['Enter', words.open],
  ['a', words.acknowledge],
  ['r', words.resolve],
  ['e', words.escalate],
  ['n', words.note],
  ['/', words.search],
];

const Table = ({ title, of }: { title: string; of: typeof LISTS }) => (
  <div class="stack tight">
    <h3>{title}</h3>
    <dl class="facts">
      {of.map(([key, does]) => (
        <>
          <dt>
            {key.split(' ').map((each) => (
              <kbd>{each}</kbd>
            ))}
          </dt>
          <dd>{does}</dd>
        </>
      ))}
    </dl>
  </div>
);

export function KeysHelp() {
  if (!helpShown.value) return null;
  return (
    <Dialog title={words.title} onClose={() => (helpShown.value = false)}>
      <Table title={words.everywhere} of={EVERYWHERE} />
      <Table title={words.lists} of={LISTS} />
      <Tick
        label={words.on}
        checked={singleKeys.value}
        onChange={(event) => {
          singleKeys.value = event.currentTarget.checked;
          keepHere('keys', singleKeys.value ? null : 'off');
        }}
      />
    </Dialog>
  );
}

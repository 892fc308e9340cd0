import { shell } from '../text/shell';
import { Dialog } from '../ui/dialog';
import { Tick } from '../ui/field';
import { JUMP_KEYS } from './keys';
import { helpShown, setSingleKeys, singleKeys } from './shown';

/** All keys, and the switch that turns single keys off. */
const { keys: words, nav } = shell;
const EVERYWHERE: readonly (readonly [string, string])[] = [
  [JUMP_KEYS, words.jump],
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
  ['u', words.undo],
  ['n', words.note],
  ['/', words.search],
];

const CALENDAR: readonly (readonly [string, string])[] = [
  ['t', words.today],
  ['[', words.earlier],
  [']', words.later],
  ['+', words.closer],
  ['-', words.wider],
  ['← →', words.span],
  ['↑ ↓', words.lane],
  ['Shift →', words.stretch],
  ['Enter', words.override],
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
  return (
    <Dialog title={words.title} onClose={() => (helpShown.value = false)}>
      <Tick
        label={words.on}
        checked={singleKeys.value}
        onChange={(event) => setSingleKeys(event.currentTarget.checked)}
      />
      <Table title={words.everywhere} of={EVERYWHERE} />
      <Table title={words.lists} of={LISTS} />
      <Table title={words.calendar} of={CALENDAR} />
    </Dialog>
  );
}

import { useState } from 'preact/hooks';
import { sentenceOf } from '../live/problems';
import { ports, problemOf } from '../ports';
import { mayAsk } from '../session';
import { rules as words } from '../text/rules';
import { Button } from '../ui/button';
import { Icon } from '../ui/icons';
import { Ago } from '../ui/time';
import { say } from '../ui/toast';
import { Sentence } from './sentence';
import type { useRuleDrag } from './useRuleDrag';
import { gripOf } from './useRuleOrder';
import { draftOf, hrefOf, type Rule } from './view';

interface RuleRowProps {
  of: Rule;
  /** Its place, counted from 0, and the number of rules. */
  at: number;
  total: number;
  chosen: boolean;
  drag: ReturnType<typeof useRuleDrag>;
  onMove(to: number): void;
  onChange(): void;
  onRemove(): void;
  again(): Promise<void>;
}

export function RuleRow({ of, at, total, chosen, drag, onMove, onChange, onRemove, again }: RuleRowProps) {
  const may = mayAsk('alerts', 'updateRule');
  return (
    <li
      data-row={of.id}
      class={`rule ${of.enabled ? '' : 'off'} ${drag.rowClass(of.id, at)}`}
      aria-current={chosen ? 'true' : undefined}
    >
      {may ? (
        <button
          type="button"
          class="btn quiet small icon grip"
          id={gripOf(of.id)}
          aria-label={words.order.grip(of.name, at + 1, total)}
          title={words.order.gripHint}
          {...drag.gripOf(of.id, at)}
        >
          <Icon name="menu" />
        </button>
      ) : (
        <span class="place muted">{at + 1}</span>
      )}
      <div class="grow stack tight">
        <a class="t" href={hrefOf(of.id)} aria-current={chosen ? 'true' : undefined}>
          {of.name}
        </a>
        <Sentence of={of} />
        <div class="small muted dots">
          {!of.enabled && <span>{words.off}</span>}
          {of.dropped > 0 && <span>{words.dropped(of.dropped)}</span>}
          <span>
            {words.lastChange} <Ago at={of.updated_at} /> {words.changedBy(of.updated_by)}
          </span>
        </div>
      </div>
      {may && (
        <div class="acts does">
          <OnOff of={of} again={again} />
          <Button
            small
            quiet
            icon="up"
            id={`up-${of.id}`}
            label={words.order.up(of.name)}
            disabled={at === 0 && words.order.first}
            onClick={() => onMove(at - 1)}
          />
          <Button
            small
            quiet
            icon="down"
            id={`down-${of.id}`}
            label={words.order.down(of.name)}
            disabled={at === total - 1 && words.order.last}
            onClick={() => onMove(at + 1)}
          />
          <Button small quiet onClick={onChange}>
            {words.change} <span class="sr">{of.name}</span>
          </Button>
          <Button small quiet onClick={onRemove}>
            {words.remove} <span class="sr">{of.name}</span>
          </Button>
        </div>
      )}
    </li>
  );
}

/** Enables or disables the rule at once; the toast offers to undo it. */
function OnOff({ of, again }: { of: Rule; again(): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const put = async (rule: Rule, enabled: boolean): Promise<void> => {
    setBusy(true);
    try {
      const input = { ...draftOf(rule), enabled, id: rule.id, if_match: `"${rule.updated_at}"` };
      const saved = await ports.alerts.updateRule(input);
      say((enabled ? words.turnedOn : words.turnedOff)(rule.name), () => void put(saved, !enabled));
    } catch (error) {
      const problem = problemOf(error);
      say(problem.kind === 'stale' ? words.changedMeanwhile(rule.name) : sentenceOf(problem));
    } finally {
      setBusy(false);
      await again();
    }
  };
  return (
    <label class="row">
      <input
        type="checkbox"
        checked={of.enabled}
        disabled={busy}
        aria-label={words.enabled(of.name)}
        onChange={() => void put(of, !of.enabled)}
      />
      <span aria-hidden="true">{words.on}</span>
    </label>
  );
}

import { useSignal } from '@preact/signals';
import { useLocation } from 'preact-iso';
import { Confirm } from '../live/forms';
import { Listing } from '../live/ListCard';
import { ports } from '../ports';
import { mayAsk } from '../session';
import { rules as words } from '../text/rules';
import { Button } from '../ui/button';
import { Banner } from '../ui/card';
import { Page } from '../ui/page';
import { say } from '../ui/toast';
import { useQuery } from '../useQuery';
import { Beside } from './Beside';
import { ReportTest } from './ReportTest';
import { RuleDialog } from './RuleDialog';
import { RuleRow } from './RuleRow';
import './rules.css';
import { useRuleDrag } from './useRuleDrag';
import { type RuleOrder, useRuleOrder } from './useRuleOrder';
import { type Rule, TOUCHED } from './view';

type Asked = { act: 'add' } | { act: 'test' } | { act: 'change' | 'remove'; rule: Rule };

/** The rules in the order in which they run; administrators change and order them. */
export function RulesPage() {
  const { query } = useLocation();
  const list = useQuery('rules', () => ports.alerts.listRules({}), TOUCHED);
  const order = useRuleOrder(list.value, list.again);
  const asked = useSignal<Asked | null>(null);
  const ask = (next: Asked): void => {
    asked.value = next;
  };
  const chosen = order.rules.find(({ id }) => id === query['rule']);
  const close = () => {
    asked.value = null;
    void list.again();
  };
  return (
    <Page
      title={words.title}
      below={<p class="second">{words.below}</p>}
      actions={
        <div class="acts">
          {mayAsk('alerts', 'testRules') && <Button onClick={() => ask({ act: 'test' })}>{words.tryReport}</Button>}
          {mayAsk('alerts', 'createRule') && (
            <Button main icon="plus" onClick={() => ask({ act: 'add' })}>
              {words.add}
            </Button>
          )}
        </div>
      }
    >
      {order.conflict && (
        <Banner
          tone="bad"
          action={
            <Button small onClick={order.forget}>
              {words.order.seen}
            </Button>
          }
        >
          {words.order.conflict}
        </Banner>
      )}
      <div class={chosen ? 'cols matching' : 'cols'}>
        <Listing title={words.list} asked={list} total={list.value?.rules.length} none={words.none} rows={4}>
          <List order={order} chosen={chosen?.id ?? null} onAsk={ask} again={list.again} />
        </Listing>
        {chosen && mayAsk('alerts', 'rulesMatches') && <Beside of={chosen} all={order.rules} />}
      </div>
      {asked.value && <Dialogs of={asked.value} rules={order.rules} onClose={close} />}
    </Page>
  );
}

interface ListProps {
  order: RuleOrder;
  chosen: string | null;
  onAsk(asked: Asked): void;
  again(): Promise<void>;
}

function List({ order, chosen, onAsk, again }: ListProps) {
  const drag = useRuleDrag(order);
  return (
    <ol class="list rules" ref={drag.list} aria-busy={order.busy}>
      {order.rules.map((rule, at) => (
        <RuleRow
          key={rule.id}
          of={rule}
          {...{ at, drag, again, total: order.rules.length, chosen: rule.id === chosen }}
          onMove={(to) => order.move(rule.id, to)}
          onChange={() => onAsk({ act: 'change', rule })}
          onRemove={() => onAsk({ act: 'remove', rule })}
        />
      ))}
    </ol>
  );
}

const Dialogs = ({ of, rules, onClose }: { of: Asked; rules: readonly Rule[]; onClose(): void }) => {
  if (of.act === 'add') return <RuleDialog rules={rules} onClose={onClose} />;
  if (of.act === 'test') return <ReportTest onClose={onClose} />;
  if (of.act === 'change') return <RuleDialog of={of.rule} rules={rules} onClose={onClose} />;
  return <RemoveRule of={of.rule} onClose={onClose} />;
};

const RemoveRule = ({ of: { id, name }, onClose }: { of: Rule; onClose(): void }) => (
  <Confirm
    {...words.removing}
    title={words.removing.title(name)}
    onClose={onClose}
    act={async () => {
      await ports.alerts.deleteRule({ id });
      say(words.removing.done(name));
    }}
  />
);

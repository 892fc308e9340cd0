import { useSignal } from '@preact/signals';
import { fullSentenceOf, ProblemBanner } from '../live/problems';
import { problemOf } from '../ports';
import { reachRules as words } from '../text/reachRules';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { Badge } from '../ui/icons';
import { say } from '../ui/toast';
import { QuietHoursPart } from './QuietHours';
import { RuleDialog } from './RuleDialog';
import { RuleLine } from './RuleLine';
import { type Change, saveRules, useRules } from './ruleStore';
import {
  type Around,
  moved,
  type Rule,
  type Rules,
  URGENCIES,
  type Urgency,
  whenInWords,
  without,
  withRule,
} from './rules';

/** The notification rules of the viewer as a time line per urgency, and their quiet hours. */
export function RulesCard({ person, around }: { person: string; around: Around }) {
  const asked = useRules(person);
  const editing = useSignal<{ urgency: Urgency; at: number | null } | null>(null);
  const rules = asked.value;
  const act = async (change: Change, done: string) => {
    if (rules === undefined) return;
    try {
      await saveRules(person, rules, change);
      say(done);
    } catch (error) {
      say(fullSentenceOf(problemOf(error)));
    }
    await asked.again();
  };
  const close = () => {
    editing.value = null;
    void asked.again();
  };
  return (
    <Card title={words.title}>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {rules === undefined && !asked.problem && <Skeleton rows={3} />}
      {rules &&
        URGENCIES.map((urgency) => (
          <List
            key={urgency}
            urgency={urgency}
            of={rules}
            around={around}
            onEdit={(at) => (editing.value = { urgency, at })}
            onChange={(list) => void act({ [urgency]: list }, list === null ? words.resetDone : words.saved)}
          />
        ))}
      {rules && <QuietHoursPart person={person} rules={rules} onSaved={asked.again} />}
      {rules && editing.value && (
        <RuleDialog
          urgency={editing.value.urgency}
          of={editing.value.at === null ? undefined : rules[editing.value.urgency][editing.value.at]}
          around={around}
          onClose={close}
          save={(rule) => {
            const { urgency, at } = editing.peek() as { urgency: Urgency; at: number | null };
            return saveRules(person, rules, { [urgency]: withRule(rules[urgency], at, rule) });
          }}
        />
      )}
    </Card>
  );
}

interface ListProps {
  urgency: Urgency;
  of: Rules;
  around: Around;
  onEdit(at: number | null): void;
  /** Null for the defaults. */
  onChange(list: Rule[] | null): void;
}

function List({ urgency, of, around, onEdit, onChange }: ListProps) {
  const list = of[urgency];
  const { title, text } = words.lists[urgency];
  const name = (rule: Rule) => words.rule(title, whenInWords(rule).toLowerCase());
  return (
    <section class="pad stack tight rules" aria-label={title}>
      <div class="row wrap">
        <h3>{title}</h3>
        {!of.set.includes(urgency) && <Badge>{words.defaults}</Badge>}
      </div>
      <p class="small second">{list.length === 0 ? words.none : text}</p>
      <ol class="when">
        {list.map((rule, at) => (
          <RuleLine key={at} of={rule} around={around}>
            <RuleActions
              name={name(rule)}
              at={at}
              count={list.length}
              onEdit={() => onEdit(at)}
              onMove={(to) => onChange(moved(list, at, to))}
              onDelete={() => onChange(without(list, at))}
            />
          </RuleLine>
        ))}
      </ol>
      <div class="acts">
        <Button small icon="plus" onClick={() => onEdit(null)}>
          {words.add}
          <span class="sr">: {title}</span>
        </Button>
        {of.set.includes(urgency) && (
          <Button small quiet onClick={() => onChange(null)}>
            {words.reset}
            <span class="sr">: {title}</span>
          </Button>
        )}
      </div>
    </section>
  );
}

interface RuleActionsProps {
  name: string;
  at: number;
  count: number;
  onEdit(): void;
  onMove(to: number): void;
  onDelete(): void;
}

function RuleActions({ name, at, count, onEdit, onMove, onDelete }: RuleActionsProps) {
  const button = (text: string, act: () => void) => (
    <Button small quiet onClick={act}>
      {text}
      <span class="sr">: {name}</span>
    </Button>
  );
  return (
    <div class="acts">
      {button(words.edit, onEdit)}
      {at > 0 && button(words.earlier, () => onMove(at - 1))}
      {at < count - 1 && button(words.later, () => onMove(at + 1))}
      {count > 1 && button(words.remove, onDelete)}
    </div>
  );
}

import { useState } from 'preact/hooks';
import { Refusal, useSubmitting } from '../live/forms';
import { ports, problemOf } from '../ports';
import { mayAsk } from '../session';
import { rules } from '../text/rules';
import { Button } from '../ui/button';
import { say } from '../ui/toast';
import { type Matched, Matches } from './Matches';
import { DraftReportTest } from './ReportTest';
import { WhatWouldChange } from './Trial';
import { type Draft, draftOf, type Rule } from './view';

const { trial: words } = rules;

interface TryDraftProps {
  /** The stored rules, in their order. */
  rules: readonly Rule[];
  /** The rule that the draft replaces; without it the draft is the last rule. */
  of: Rule | undefined;
  /** @throws Problem `invalid` for what the form cannot read */
  read(form: FormData): Draft;
}

const formOf = (element: HTMLElement): FormData => new FormData(element.closest('form') as HTMLFormElement);

/** In the dialog of a rule: the alerts that its draft matches, and what would change with it. */
export function TryDraft({ rules: stored, of, read }: TryDraftProps) {
  const [matched, setMatched] = useState<Matched | null>(null);
  const asking = useSubmitting();
  if (!mayAsk('alerts', 'rulesMatches')) return null;
  /** A draft whose name is not written yet can be tried too. */
  const draft = (form: FormData): Draft => {
    const rule = read(form);
    return { ...rule, name: rule.name || words.unnamed };
  };
  const allOf = (form: FormData): Draft[] => {
    const rule = draft(form);
    const others = stored.map((each) => (each.id === of?.id ? rule : draftOf(each)));
    return of === undefined ? [...others, rule] : others;
  };
  const all = (opener: HTMLElement): Draft[] | null => {
    try {
      return allOf(formOf(opener));
    } catch (error) {
      say(problemOf(error).detail);
      return null;
    }
  };
  return (
    <fieldset class="stack">
      <legend class="label">{words.title}</legend>
      <div class="acts">
        <Button
          small
          busy={asking.busy}
          onClick={({ currentTarget }) =>
            void asking.submit(async () => {
              setMatched(null);
              setMatched(await ports.alerts.rulesMatches({ rule: draft(formOf(currentTarget)) }));
            })
          }
        >
          {words.matches}
        </Button>
      </div>
      <Refusal of={asking} fields={[]} />
      <div role="status">{matched && <Matches of={matched} />}</div>
      <DraftReportTest draft={allOf} />
      <WhatWouldChange verb={words.backtest} draft={all} />
    </fieldset>
  );
}

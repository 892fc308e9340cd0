import { useState } from 'preact/hooks';
import { ProblemBanner } from '../live/problems';
import { mayAsk } from '../session';
import { rules } from '../text/rules';
import { Button } from '../ui/button';
import { SelectField } from '../ui/field';
import { BacktestResult } from './BacktestResult';
import { type BacktestRun, useBacktest } from './useBacktest';
import type { Draft } from './view';

const { trial: words } = rules;
const DAYS = Object.entries(words.dayChoices).map(([value, text]) => ({ value, text }));
const FIRST_DAYS = '7';

interface WhatWouldChangeProps {
  /** The text of the button. */
  verb: string;
  /** All rules of the draft, read when the replay starts; null if they cannot be read yet. */
  draft(opener: HTMLElement): Draft[] | null;
}

/** Replays stored alerts through a draft of the rules: its progress, and what would change. */
export function WhatWouldChange({ verb, draft }: WhatWouldChangeProps) {
  const [days, setDays] = useState(FIRST_DAYS);
  const run = useBacktest();
  if (!mayAsk('alerts', 'startBacktest')) return null;
  const isRunning = run.of?.state === 'running';
  return (
    <div class="stack">
      <div class="row wrap trial">
        <SelectField
          {...{ label: words.days, name: 'trial.days', value: days, choices: DAYS }}
          onChange={({ currentTarget }: { currentTarget: HTMLSelectElement }) => setDays(currentTarget.value)}
        />
        <Button
          small
          busy={run.busy}
          onClick={({ currentTarget }) => {
            const rules = draft(currentTarget);
            if (rules !== null) run.start(rules, Number(days));
          }}
        >
          {verb}
        </Button>
        {isRunning && (
          <Button small onClick={run.cancel}>
            {words.cancel}
          </Button>
        )}
      </div>
      <Shown of={run} />
    </div>
  );
}

const Shown = ({ of: { of, problem } }: { of: BacktestRun }) => (
  <>
    {problem && <ProblemBanner problem={problem} />}
    {of?.state === 'running' && (
      <div class="stack tight">
        <progress max={Math.max(1, of.progress.of)} value={of.progress.alerts} aria-label={words.progress} />
        <p class="small muted">{words.running(of.progress.alerts, of.progress.of)}</p>
      </div>
    )}
    <div role="status">
      {of?.state === 'cancelled' && <p class="second">{words.cancelled}</p>}
      {of?.state === 'failed' && <p class="fault">{words.failed(of.reason ?? '')}</p>}
      {of?.result && <BacktestResult of={of.result} />}
    </div>
  </>
);

import { useEffect, useRef } from 'preact/hooks';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { rules } from '../text/rules';
import { Button } from '../ui/button';
import { Card, Skeleton } from '../ui/card';
import { useQuery } from '../useQuery';
import { Matches } from './Matches';
import { WhatWouldChange } from './Trial';
import { draftOf, type Rule } from './view';

const { trial: words } = rules;

/** Beside the list: the alerts that the chosen rule matches, and what would change if it were switched on or off. */
export function Beside({ of, all }: { of: Rule; all: readonly Rule[] }) {
  const asked = useQuery(`matches ${of.id} ${of.updated_at}`, () => ports.alerts.rulesMatches({ rule: draftOf(of) }));
  const box = useRef<HTMLDivElement>(null);
  // Below the list on a small screen, so that it is not seen otherwise.
  useEffect(() => box.current?.scrollIntoView?.({ block: 'nearest' }), [of.id]);
  return (
    <div class="alongside stack" ref={box}>
      <Card title={of.name}>
        <div class="pad stack">
          <div class="row">
            <h3 class="grow">{words.matchesTitle}</h3>
            <Button small quiet onClick={() => void asked.again()}>
              {words.again}
            </Button>
          </div>
          {asked.problem && <ProblemBanner problem={asked.problem} />}
          {asked.value ? <Matches of={asked.value} /> : !asked.problem && <Skeleton rows={4} />}
          <WhatWouldChange
            key={of.id}
            verb={of.enabled ? words.backtestOff : words.backtestOn}
            draft={() =>
              all.map((rule) => ({ ...draftOf(rule), enabled: rule.id === of.id ? !of.enabled : rule.enabled }))
            }
          />
        </div>
      </Card>
    </div>
  );
}

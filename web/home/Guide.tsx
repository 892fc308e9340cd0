import { useState } from 'preact/hooks';
import { guideWords as words } from '../text/guide';
import { notifications } from '../text/notifications';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { Icon } from '../ui/icons';
import { Connect, Reach, Schedule, TestAlert } from './steps';
import { hideGuide, type Told } from './useOnboarding';

/** The guide of a new installation, up to the first delivered page. The server decides whether a step is done. */

function stepsOf({ tool, schedule, reach, test }: Told) {
  return [
    { title: words.connect, done: tool?.done, said: words.connected(tool?.name ?? ''), body: <Connect of={tool} /> },
    {
      title: words.schedule,
      done: schedule?.done,
      said: words.scheduled(schedule?.schedules ?? 0),
      body: <Schedule />,
    },
    {
      title: words.reach,
      done: reach?.done,
      said: words.reached(reach?.recipient ?? '', notifications.channelTitle(reach?.channel ?? '')),
      body: <Reach of={reach} />,
    },
    { title: words.test, done: test?.done, said: words.tested, body: <TestAlert /> },
  ].map((step) => ({ ...step, body: step.done === undefined ? <p class="second">{words.unknown}</p> : step.body }));
}

export function Guide({ of }: { of: Told }) {
  const steps = stepsOf(of);
  const next = steps.findIndex(({ done }) => !done);
  const [picked, pick] = useState<number | null>(null);
  const open = picked ?? next;
  return (
    <Card
      title={words.title}
      end={
        <Button quiet small onClick={hideGuide}>
          {words.hide}
        </Button>
      }
    >
      <p class="pad second">
        {words.text}{' '}
        <strong class="nowrap">{words.progress(steps.filter(({ done }) => done).length, steps.length)}</strong>
      </p>
      <ol class="ladder">
        {steps.map(({ title, done, said, body }, at) => (
          <li key={title}>
            <span class={done ? 'rung done' : 'rung'}>{done ? <Icon name="check" /> : at + 1}</span>
            <div class="stack tight">
              <button type="button" class="plain" aria-expanded={at === open} onClick={() => pick(at)}>
                {title}
              </button>
              {done && <p class="small muted">{said}</p>}
              {at === open && !done && body}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

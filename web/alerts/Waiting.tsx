import type { Alert, DecisionEntry } from '../../src/alerts/contract';
import { holds as words } from '../text/holds';
import { upstream } from '../text/upstream';
import { Banner } from '../ui/card';
import { Badge } from '../ui/icons';
import { At } from '../ui/time';
import { when } from '../ui/times';

type HoldEntry = Extract<DecisionEntry, { stage: 'hold' }>;
type Held = Omit<HoldEntry, 'stage'>;

/** The mark of an alert that waits, with the reports so far or the end. */
export const WaitingMark = ({ of: { waiting } }: { of: Pick<Alert, 'waiting'> }) =>
  waiting && (
    <>
      <Badge tone="warn">{words.waiting}</Badge>
      <span class="small second">
        {' '}
        {waiting.until === null ? (
          words.progress(waiting.seen ?? 0, waiting.count ?? 0, waiting.within_minutes ?? 0)
        ) : (
          <At at={waiting.until}>{when(waiting.until)}</At>
        )}
      </span>
    </>
  );

/** What the alert waits for, or waited for. */
export function HoldSentence({
  of: { by, name, until, count = 0, within_minutes = 0, seen = 0, ended_at },
}: {
  of: Held;
}) {
  const at = ended_at ?? until;
  const begin =
    by === 'upstream'
      ? (ended_at ? upstream.waited : upstream.waits)(name)
      : by === 'delay'
        ? (ended_at ? words.delayed : words.delay)(name)
        : (ended_at ? words.reached : words.threshold)(name, count, within_minutes);
  return (
    <>
      {begin} {at === null ? `(${words.soFar(seen)})` : <At at={at}>{when(at)}</At>}
    </>
  );
}

/** Why the alert has no incident yet. */
export const WaitingBanner = ({ of: { waiting } }: { of: Pick<Alert, 'waiting'> }) =>
  waiting && (
    <Banner tone="warn">
      <HoldSentence of={waiting} />. {words.pages}
    </Banner>
  );

import type { Alert } from '../../src/alerts/contract';
import { silences } from '../text/silences';
import { Banner, Card } from '../ui/card';
import { SeverityMark } from '../ui/icons';
import { At } from '../ui/time';
import { when } from '../ui/times';
import { AffectedSentence } from './Affected';
import { HoldSentence } from './Waiting';

const { alert: words } = silences;

const causeOf = ({ by, name }: { by: 'silence' | 'window'; name: string }): string =>
  by === 'silence' ? words.bySilence(name) : words.byWindow(name);

/** Why the alert has no incident, and until when. */
export const MutedBanner = ({ of: { muted } }: { of: Pick<Alert, 'muted'> }) =>
  muted && (
    <Banner tone="warn" action={<a href="/silences">{words.all}</a>}>
      {words.mutedUntil(causeOf(muted))} <At at={muted.until}>{when(muted.until)}</At>
    </Banner>
  );

/** What rules, mutes and holds did with the alert, in order. */
export const Decision = ({ of: { decision, reported } }: { of: Pick<Alert, 'decision' | 'reported'> }) =>
  decision.length > 0 && (
    <Card title={words.decision}>
      <div class="pad stack">
        <DecisionSteps of={decision} />
        {reported && (
          <p class="second">
            {words.reported}: <SeverityMark of={reported.severity} quiet /> {reported.service}: {reported.message}
          </p>
        )}
      </div>
    </Card>
  );

/** The steps of a decision as a list. */
export const DecisionSteps = ({ of }: { of: Alert['decision'] }) => (
  <ol>
    {of.map((entry, at) => (
      <li key={at}>
        {entry.stage === 'rule' && words.rule(entry.rule, entry.did)}
        {entry.stage === 'hold' && <HoldSentence of={entry} />}
        {entry.stage === 'mute' && entry.by === 'upstream' && <AffectedSentence of={entry} />}
        {entry.stage === 'mute' && entry.by !== 'upstream' && (
          <>
            {entry.ended_at ? words.mutedEnded(causeOf(entry)) : words.mutedUntil(causeOf(entry))}{' '}
            <At at={entry.ended_at ?? entry.until}>{when(entry.ended_at ?? entry.until)}</At>
          </>
        )}
      </li>
    ))}
  </ol>
);

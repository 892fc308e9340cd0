import type { Alert } from '../../src/alerts/contract';
import { alerts as words } from '../text/alerts';
import { silences } from '../text/silences';
import { upstream } from '../text/upstream';
import { At } from '../ui/time';
import { when } from '../ui/times';
import { HoldSentence } from './Waiting';

/** Why an alert has no incident, and until when. */
export function WithoutIncident({ of: { muted, affected_by, waiting } }: { of: Alert }) {
  return (
    <span class="small muted">
      {muted ? (
        <>
          {silences.alert.mutedUntil(
            muted.by === 'silence' ? silences.alert.bySilence(muted.name) : silences.alert.byWindow(muted.name),
          )}{' '}
          <At at={muted.until}>{when(muted.until)}</At>
        </>
      ) : affected_by ? (
        <a href={`/incidents/${affected_by.incident_id}`}>{upstream.heldBy(affected_by.title)}</a>
      ) : waiting ? (
        <HoldSentence of={waiting} />
      ) : (
        words.noIncident
      )}
    </span>
  );
}
